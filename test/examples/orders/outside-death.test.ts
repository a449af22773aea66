import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { deleteParty } from '../../../examples/orders/outside/delete-party.ts'
import { OutsideError } from '../../../examples/orders/outside/outside-error.ts'
import { openParty } from '../../../examples/orders/outside/party.ts'
import { partyFile, readAddress } from '../../../examples/orders/outside/party-file.ts'
import { patience } from '../../fixtures/patience.ts'
import { askParty, killParty, openForTest, pidOf, until } from './outside-party.ts'
import { folderOfStores } from './store-folder.ts'

const folder = folderOfStores()
const program = fileURLToPath(new URL('../../../examples/orders/outside/process/run.ts', import.meta.url))
const asker = fileURLToPath(new URL('./outside-asker.ts', import.meta.url))
const chargeOf = (name: string, token = 'tok_ok') => ({ key: `${name}/charge`, orderId: name, amount: '2.50', token })
const isCode = (code: string) => (error: unknown) => error instanceof OutsideError && error.code === code

function node(...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    env: { ...process.env, NODE_TEST_CONTEXT: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  after(() => child.kill('SIGKILL'))
  return child
}

test('killed between the charge and its answer: asked again with the same key, it was charged once', async () => {
  const store = join(folder, 'between.db')
  const provider = await openForTest('provider', store)
  const before = await pidOf('provider', store)
  const asked = askParty('provider', store, '/charges', {
    method: 'POST',
    body: JSON.stringify(chargeOf('between', 'tok_timeout')),
  })
  const broken = assert.rejects(asked, TypeError)
  await until('the charge', async () => (await provider.payments('between')).charged === '2.50')
  await killParty('provider', store)
  await broken

  assert.equal((await provider.charge(chargeOf('between', 'tok_timeout'), patience)).status, 'charged')
  assert.notEqual(await pidOf('provider', store), before)
  assert.deepEqual(await provider.payments('between'), { charged: '2.50', refunded: '0.00' })
})

test('killed again and again in the middle of its work it loses nothing and does nothing twice', async () => {
  const store = join(folder, 'storm.db')
  const provider = await openForTest('provider', store)
  const mail = await openForTest('mail', store)
  const answers = new Map<string, unknown>()
  const names = Array.from({ length: 160 }, (_, index) => `storm-${index}`)
  const clients = Array.from({ length: 8 }, async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      answers.set(name, await provider.charge(chargeOf(name), patience))
      await mail.send({ key: name, to: 'ada', subject: 'Thank you', text: name }, patience)
    }
  })
  for (const done of [1, 40, 80, 120]) {
    await until(`answer ${done}`, () => answers.size >= done)
    await Promise.all([killParty('provider', store), killParty('mail', store)])
  }
  await Promise.all(clients)
  assert.equal(answers.size, 160)
  for (const [name, answer] of answers) {
    assert.deepEqual(await provider.charge(chargeOf(name), patience), answer)
    assert.deepEqual(await provider.payments(name), { charged: '2.50', refunded: '0.00' })
  }
  assert.equal((await mail.counts(patience)).accepted, 160)
})

test('the attempts of a flaky card and a withdrawn charge outlive the process', async () => {
  const store = join(folder, 'outlive.db')
  const provider = await openForTest('provider', store)
  for (let attempt = 1; attempt <= 2; attempt++) {
    await assert.rejects(provider.charge(chargeOf('flaky', 'tok_flaky'), patience), isCode('outside_unavailable'))
    await killParty('provider', store)
  }
  await provider.refund({ key: 'late/undo', chargeKey: 'late/charge' }, patience)
  await killParty('provider', store)
  assert.equal((await provider.charge(chargeOf('flaky', 'tok_flaky'), patience)).status, 'charged')
  assert.deepEqual(await provider.charge(chargeOf('late'), patience), { status: 'withdrawn' })
})

test('processes that start it at once share one, which outlives them', async () => {
  const store = join(folder, 'shared.db')
  const askers = [1, 2, 3].map(() => node(asker, store))
  const said = await Promise.all(askers.map(firstWords))
  for (const child of askers) child.kill('SIGKILL')
  assert.equal(new Set(said).size, 1, said.join())
  const provider = await openForTest('provider', store)
  assert.equal(await pidOf('provider', store), Number(said[0]))
  assert.deepEqual(await provider.payments('the same'), { charged: '1.00', refunded: '0.00' })
})

test('the lock admits one process to a file; the other ends and says nothing', async () => {
  const store = join(folder, 'locked.db')
  const children = [1, 2].map(() => node(program, 'mail', partyFile('mail', store), '60000'))
  await until('the end of one', () => children.some(({ exitCode }) => exitCode === 0))
  const [living, ...more] = children.filter(({ exitCode }) => exitCode === null)
  assert.deepEqual(more, [])
  await until('the other serves', async () => (await pidOf('mail', store).catch(() => 0)) === living?.pid)
})

test('an open shop starts it again when it dies, though nobody asks', async () => {
  const store = join(folder, 'again.db')
  const [first, second] = [await openForTest('mail', store), await openForTest('mail', store)]
  await first.send({ key: 'm', to: 'ada', subject: 'Hello', text: 'Good morning.' })
  const old = readAddress(partyFile('mail', store))
  await killParty('mail', store)
  await until('a new address', () => readAddress(partyFile('mail', store))?.token !== old?.token)
  assert.deepEqual(await second.counts(patience), { accepted: 1, repeats: 0 })
  assert.deepEqual(await first.counts(patience), { accepted: 1, repeats: 0 })
})

test('it ends by itself when nobody asks any more', async () => {
  const store = join(folder, 'idle.db')
  const mail = await openParty('mail', store, { idleMs: 400 })
  await mail.send({ key: 'm', to: 'ada', subject: 'Hello', text: 'Good morning.' })
  let pid = 0
  // It may have ended already: until the way to it is closed it is started again.
  await until('its process', async () => (pid = await pidOf('mail', store).catch(() => 0)) > 0)
  await mail.close()
  await assert.rejects(mail.counts(), isCode('outside_closed'))
  await until('its end', () => isGone(pid))
  const again = await openForTest('mail', store)
  assert.deepEqual(await again.counts(), { accepted: 1, repeats: 0 })
})

test('a stopped party is told as no answer, in time', async () => {
  const store = join(folder, 'stopped.db')
  const provider = await openForTest('provider', store)
  const pid = await pidOf('provider', store)
  process.kill(pid, 'SIGSTOP')
  await assert.rejects(provider.payments('x', { timeoutMs: 300 }), isCode('outside_no_answer'))
  process.kill(pid, 'SIGCONT')
  assert.deepEqual(await provider.payments('x'), { charged: '0.00', refunded: '0.00' })
})

test('a party of a shop in memory is nobody else’s and is gone with it', async () => {
  const [one, other] = [await openParty('provider', ':memory:'), await openParty('provider', ':memory:')]
  await one.charge(chargeOf('mine'))
  assert.equal((await other.payments('mine')).charged, '0.00')
  await Promise.all([one.close(), other.close()])
})

test('deleting a party ends its process and forgets what it knew', async () => {
  const store = join(folder, 'deleted.db')
  const provider = await openForTest('provider', store)
  await provider.charge(chargeOf('old'))
  const pid = await pidOf('provider', store)
  await provider.close()
  await deleteParty(partyFile('provider', store))
  await until('its end', () => isGone(pid))
  assert.ok(!existsSync(partyFile('provider', store)))
  const anew = await openForTest('provider', store)
  assert.equal((await anew.payments('old')).charged, '0.00')
})

test('a file that is something else is named and not touched', async () => {
  const precious = join(folder, 'precious.db')
  writeFileSync(partyFile('provider', precious), 'do not touch')
  await assert.rejects(openParty('provider', precious), (error: Error) => {
    assert.ok(isCode('outside_cannot_start')(error))
    assert.match(error.message, /The provider cannot serve .*precious\.db\.provider\.db: file is not a database/)
    return true
  })
  assert.equal(readFileSync(partyFile('provider', precious), 'utf8'), 'do not touch')

  const foreign = new DatabaseSync(partyFile('mail', precious))
  foreign.exec('create table diary (page text)')
  foreign.close()
  const before = readFileSync(partyFile('mail', precious))
  await assert.rejects(openParty('mail', precious), /is a database of something else/)
  assert.deepEqual(readFileSync(partyFile('mail', precious)), before)
})

test('a folder that is absent is told when the party is opened', async () => {
  await assert.rejects(openParty('mail', join(folder, 'absent/shop.db')), isCode('outside_cannot_start'))
  assert.ok(!existsSync(dirname(join(folder, 'absent/shop.db'))))
})

async function firstWords({ stdout }: ChildProcess): Promise<string> {
  for await (const chunk of stdout!) return String(chunk)
  throw new Error('it ended and said nothing')
}

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0)
  } catch {
    return true
  }
}
