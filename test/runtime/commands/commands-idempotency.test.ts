import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqlite } from 'eventwright/sqlite'
import { startChild } from '../../fixtures/child.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { bank, Deposit, during, Open, Transfer, Withdraw } from '../bank.fixture.ts'
import { running } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

const ada = (id: string) => Open({ id, owner: 'ada', email: `${id}@ada` })

overStores('the same key answers the first outcome again: reply, receipt and events', async (t, store) => {
  const open = await running(t, bank, { store })
  await open.execute(ada('a'))
  const first = await open.execute(Deposit({ id: 'a', amount: 5 }), { idempotencyKey: 'one' })
  await open.execute(Deposit({ id: 'a', amount: 7 }))
  const again = await open.execute(Deposit({ id: 'a', amount: 5 }), { idempotencyKey: 'one' })
  assert.deepEqual(again, { ...first, repeated: true })
  assert.equal((await open.views.accounts.get('a'))?.balance, 12)
})

overStores('a key with another command or another body is refused by EW_KEY_REUSED', async (t, store) => {
  const open = await running(t, bank, { store })
  await open.execute(ada('a'), { idempotencyKey: 'one' })
  await assert.rejects(open.execute(ada('b'), { idempotencyKey: 'one' }), { code: 'EW_KEY_REUSED' })
  await assert.rejects(open.execute(Deposit({ id: 'a', amount: 1 }), { idempotencyKey: 'one' }), {
    code: 'EW_KEY_REUSED',
  })
  assert.equal(await open.events.head(), 1)
})

overStores('a refusal is kept under its key, even when the command would be accepted today', async (t, store) => {
  const open = await running(t, bank, { store })
  await open.execute(ada('a'))
  const asked = { idempotencyKey: 'early' }
  assert.equal((await open.attempt(Withdraw({ id: 'a', amount: 5 }), asked)).ok, false)
  await open.execute(Deposit({ id: 'a', amount: 50 }))
  const again = await open.attempt(Withdraw({ id: 'a', amount: 5 }), asked)
  assert.deepEqual(again, { ok: false, code: 'too_little', repeated: true })
  assert.equal((await open.attempt(Withdraw({ id: 'a', amount: 5 }), { idempotencyKey: 'late' })).ok, true)
})

overStores('a thrown error and a conflict are not kept: the key is free to be tried again', async (t, store) => {
  const open = await running(t, bank, { store })
  await open.execute(ada('a'))
  const bug = { idempotencyKey: 'bug' }
  await assert.rejects(open.execute(Deposit({ id: 'a', amount: 666 }), bug), /a bug in the handler/)
  await assert.rejects(open.execute(Deposit({ id: 'a', amount: 1 }), { ...bug, expectedVersion: 9 }), {
    code: 'EW_CONCURRENCY',
  })
  assert.equal((await open.execute(Deposit({ id: 'a', amount: 1 }), bug)).reply.balance, 1)
})

overStores('fifty requests at once with one key execute once and all get the same answer', async (t, store) => {
  const open = await running(t, bank, { store })
  const other = await running(t, bank, { store })
  await open.execute(ada('a'))
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      (i % 2 === 0 ? open : other).execute(Deposit({ id: 'a', amount: 5 }), {
        idempotencyKey: 'raced',
        expectedVersion: 1,
      }),
    ),
  )
  const [first] = answers
  for (const answer of answers) assert.deepEqual({ ...answer, repeated: true }, { ...first, repeated: true })
  assert.equal(answers.filter((answer) => !answer.repeated).length, 1)
  assert.equal(await open.events.head(), 2)
})

overStores('a request that fails because its twin has won meanwhile answers as the twin did', async (t, store) => {
  const open = await running(t, bank, { store })
  for (const id of ['a', 'b']) await open.execute(ada(id))
  await open.execute(Deposit({ id: 'a', amount: 5 }))
  t.after(() => (during.transfer = () => undefined))
  const asked = { idempotencyKey: 'twin' }
  let twin: unknown
  during.transfer = async () => {
    during.transfer = () => undefined
    twin = await open.execute(Transfer({ from: 'a', to: 'b', amount: 5 }), asked)
    throw new Error('too late')
  }
  const answer = await open.execute(Transfer({ from: 'a', to: 'b', amount: 5 }), asked)
  assert.deepEqual(answer, { ...(twin as object), repeated: true })
})

test('a key holds across processes: of two that race, one executes and both answer the same', async (t) => {
  const file = join(folderFor(t), 'bank.db')
  const open = await running(t, bank, { store: sqlite(file) })
  await open.execute(ada('a'))
  const children = ['1', '2'].map(() => startChild('../runtime/depositing-process', file))
  t.after(() => children.forEach((child) => child.process.kill('SIGKILL')))
  await Promise.all(children.map((child) => child.until(1)))
  for (const child of children) child.process.stdin!.end()
  assert.deepEqual(await Promise.all(children.map((child) => child.ended)), [0, 0])
  assert.equal(children[0]!.lines[1], children[1]!.lines[1])
  assert.equal((JSON.parse(children[0]!.lines[1]!) as unknown[]).length, 20)
  assert.equal(await open.events.head(), 21)
})
