import assert from 'node:assert/strict'
import { type TestContext } from 'node:test'
import { isRefused, Refused, service, system, type StoreAdapter } from 'eventwright'
import { Account, bank, Close, Count, Deposit, during, Open, Transfer, Withdraw } from '../bank.fixture.ts'
import { Order, PlaceOrder, shop } from '../orders.fixture.ts'
import { all, running } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

const ada = (id: string) => Open({ id, owner: 'ada', email: `${id}@ada` })

async function opened(t: TestContext, store: StoreAdapter) {
  const open = await running(t, bank, { store })
  for (const id of ['a', 'b']) {
    await open.execute(ada(id))
    await open.execute(Deposit({ id, amount: 100 }))
  }
  return open
}

overStores('a command answers its reply, its events where they stand, and a receipt', async (t, store) => {
  const open = await opened(t, store)
  const answer = await open.execute(Deposit({ id: 'a', amount: 5 }))
  assert.deepEqual(answer.reply, { balance: 105 })
  assert.deepEqual(
    answer.events.map(({ id: _, ...event }) => event),
    [{ type: 'Deposited', data: { id: 'a', amount: 5 }, stream: 'Account/a', version: 3, position: 5 }],
  )
  assert.equal(answer.repeated, false)
  assert.equal((await open.views.accounts.get('a', { after: answer.receipt, timeout: '1m' }))?.balance, 105)
})

overStores('a declared refusal is a value of attempt and is thrown by execute; nothing is stored', async (t, store) => {
  const open = await opened(t, store)
  assert.deepEqual(await open.attempt(ada('a')), { ok: false, code: 'exists', detail: 'a is open', repeated: false })
  const thrown = await open.execute(Withdraw({ id: 'a', amount: 1_000 })).catch((error: unknown) => error)
  assert.ok(thrown instanceof Refused && isRefused(thrown, Withdraw) && thrown.code === 'too_little')
  assert.equal(isRefused(thrown, Close), false)
  assert.equal(await open.events.head(), 4)
})

overStores('a command without events answers a receipt that a view can wait for', async (t, store) => {
  const open = await opened(t, store)
  const { receipt, events, reply } = await open.execute(Deposit({ id: 'a', amount: 0 }))
  assert.deepEqual([events, reply], [[], { balance: 100 }])
  assert.equal((await open.views.totals.get('all', { after: receipt, timeout: '1m' }))?.sum, 200)
})

overStores('bad input is refused before anything is stored, each time by its own code', async (t, store) => {
  const open = await opened(t, store)
  const forged = { ...Close({ id: 'a' }) }
  const cases: readonly [string, () => unknown][] = [
    ['EW_VALIDATION', () => open.execute(Deposit({ id: 'a', amount: -1 }))],
    ['EW_VALIDATION', () => open.execute(Deposit({ id: 'a', amount: 1, extra: true } as never))],
    ['EW_MESSAGE', () => open.execute(forged as never)],
    ['EW_MESSAGE', () => open.execute({ kind: 'command', type: 'Close', data: { id: 'a' } } as never)],
    ['EW_MESSAGE', () => open.execute(undefined as never)],
    ['EW_UNKNOWN_COMMAND', () => open.execute(PlaceOrder({ orderId: '1', customer: 'x', total: '1' }) as never)],
    ['EW_STREAM_NAME', () => open.execute(ada('a\u0000'))],
    ['EW_STREAM_NAME', () => open.execute(ada('x'.repeat(10_000)))],
    ['EW_TEXT', () => open.execute(Close({ id: 'a' }), { idempotencyKey: '' })],
    ['EW_TEXT', () => open.execute(Close({ id: 'a' }), { idempotencyKey: 'a\ud800' })],
    ['EW_CONFIG', () => open.execute(Transfer({ from: 'a', to: 'b', amount: 1 }), { expectedVersion: 2 })],
  ]
  for (const [code, call] of cases) {
    const error = await Promise.resolve()
      .then(call)
      .then(
        () => undefined,
        (thrown: unknown) => thrown as { code: string },
      )
    assert.ok(
      error?.code === code || (code === 'EW_STREAM_NAME' && error?.code === 'EW_VALIDATION'),
      `${code}: ${String(error)}`,
    )
  }
  assert.equal(await open.events.head(), 4)
  assert.equal((await open.execute(Deposit({ id: 'a', amount: 1 }))).reply.balance, 101)
})

overStores('a command of a service that does not run here is refused, and says where it belongs', async (t, store) => {
  const both = system('both', {
    services: [service('accounts', { parts: [Account] }), service('orders', { parts: [Order] })],
  })
  const open = await running(t, both, { store, services: ['accounts'] })
  const error = await open.execute(PlaceOrder({ orderId: '1', customer: 'x', total: '1' })).catch((e: unknown) => e)
  assert.match(String(error), /orders, which does not run here/)
  assert.equal((error as { code: string }).code, 'EW_UNKNOWN_COMMAND')
})

overStores('whoever may not execute a command is refused before it is looked at', async (t, store) => {
  const open = await running(t, bank, { store, authorise: (c, { actor }) => c.type === 'Open' && actor === 'ada' })
  await assert.rejects(open.execute(ada('a')), { code: 'EW_UNAUTHORISED' })
  await open.execute(ada('a'), { actor: 'ada', idempotencyKey: 'k' })
  await assert.rejects(open.execute(ada('a'), { idempotencyKey: 'k' }), { code: 'EW_UNAUTHORISED' })
  assert.equal(await open.events.head(), 1)
})

overStores('actor, correlation and causation stand in the meta of every event', async (t, store) => {
  const open = await opened(t, store)
  const given = { actor: 'ada', tenant: 'uk', correlationId: 'cor', causationId: 'cau', traceparent: '00-1-1-01' }
  await open.execute(Transfer({ from: 'a', to: 'b', amount: 1 }), given)
  const [out, into] = (await all(open.events.log({ after: 4 }))).map((each) => each.meta)
  assert.deepEqual([out, into], [given, given])
  const [first] = (await all(open.events.log())).map((each) => each.meta)
  assert.ok(first!['correlationId'] === first!['causationId'] && first!['correlationId'] !== undefined)
})

overStores('expectedVersion refuses at once, with the current version', async (t, store) => {
  const open = await opened(t, store)
  assert.deepEqual((await open.execute(Deposit({ id: 'a', amount: 1 }), { expectedVersion: 2 })).reply, {
    balance: 101,
  })
  await assert.rejects(open.execute(Deposit({ id: 'a', amount: 1 }), { expectedVersion: 2 }), {
    code: 'EW_CONCURRENCY',
    details: { stream: 'Account/a', currentVersion: 3 },
  })
  const raced = await Promise.allSettled(
    Array.from({ length: 5 }, () => open.execute(Deposit({ id: 'a', amount: 1 }), { expectedVersion: 3 })),
  )
  assert.equal(raced.filter((each) => each.status === 'fulfilled').length, 1)
  assert.equal((await open.views.accounts.get('a'))?.balance, 102)
})

overStores('commands of two systems on one store conflict, are tried again and all count', async (t, store) => {
  const first = await opened(t, store)
  const second = await running(t, bank, { store })
  const both = Array.from({ length: 60 }, (_, i) =>
    (i % 2 === 0 ? first : second).execute(Deposit({ id: 'a', amount: 1 })),
  )
  const balances = (await Promise.all(both)).map((each) => each.reply.balance)
  assert.equal(new Set(balances).size, 60)
  assert.equal((await first.views.accounts.get('a'))?.balance, 160)
})

overStores('a command that loses every attempt says so, with the current version', async (t, store) => {
  const open = await opened(t, store)
  let lost = 0
  t.after(() => (during.transfer = () => undefined))
  during.transfer = async () => {
    lost++
    await open.execute(Deposit({ id: 'b', amount: 1 }))
  }
  await assert.rejects(open.execute(Transfer({ from: 'a', to: 'b', amount: 10 })), (error: any) => {
    assert.equal(error.code, 'EW_CONCURRENCY')
    assert.deepEqual([error.details.stream, error.details.currentVersion], ['Account/b', 2 + lost])
    return true
  })
  assert.equal((await open.views.accounts.get('a'))?.balance, 100)
})

overStores(
  'a unique column of an inline view refuses the commit and frees its value with the row',
  async (t, store) => {
    const open = await opened(t, store)
    const same = Open({ id: 'c', owner: 'carl', email: 'a@ada' })
    await assert.rejects(open.execute(same), { code: 'EW_UNIQUE' })
    assert.deepEqual([await open.events.head(), await open.views.accounts.get('c')], [4, undefined])
    await open.execute(Close({ id: 'a' }))
    assert.equal((await open.execute(same)).events.length, 1)
    const raced = await Promise.allSettled(
      ['d', 'e', 'f'].map((id) => open.execute(Open({ id, owner: 'x', email: 'one' }))),
    )
    assert.equal(raced.filter((each) => each.status === 'fulfilled').length, 1)
  },
)

overStores('class style never shares an instance: a decision that was lost leaves no trace', async (t, store) => {
  const open = await running(t, bank, { store })
  await Promise.all(Array.from({ length: 30 }, () => open.execute(Count({ id: 'x' }))))
  const versions = (await all(open.events.stream('Counter/x'))).map((each) => each.version)
  assert.deepEqual(
    versions,
    Array.from({ length: 30 }, (_, i) => i + 1),
  )
})

overStores('a stopped system refuses commands by EW_CLOSED', async (t, store) => {
  const open = await running(t, shop, { store })
  await open.stop()
  await assert.rejects(open.execute(PlaceOrder({ orderId: '1', customer: 'x', total: '1' })), { code: 'EW_CLOSED' })
})
