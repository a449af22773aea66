import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  aggregate,
  command,
  event,
  projection,
  service,
  start,
  system,
  t as field,
  type StoreAdapter,
} from 'eventwright'
import { patience } from '../../fixtures/patience.ts'
import {
  Account,
  Accounts,
  bank,
  Close,
  Deposit,
  Deposited,
  Open,
  Totals,
  Transfer,
  Withdraw,
} from '../bank.fixture.ts'
import { tableOf } from '../../../src/runtime/views/table.ts'
import { all, gate, running, until, type RunningOf } from '../running.fixture.ts'
import { altered, overStores, storeKinds } from '../stores.fixture.ts'

type Step = {
  readonly account: string
  readonly what: 'open' | 'deposit' | 'withdraw' | 'close' | 'transfer' | 'restart' | 'rebuild'
}

const step = fc.record({
  account: fc.constantFrom('a', 'b', 'c'),
  what: fc.constantFrom<Step['what'][]>(
    'open',
    'deposit',
    'deposit',
    'withdraw',
    'close',
    'transfer',
    'restart',
    'rebuild',
  ),
})

async function take(open: RunningOf<typeof bank>, { account: id, what }: Step): Promise<void> {
  const amount = id.charCodeAt(0) % 7
  if (what === 'open') await open.attempt(Open({ id, owner: 'x', email: `${id}@x` }))
  if (what === 'deposit') await open.attempt(Deposit({ id, amount: amount + 1 }))
  if (what === 'withdraw') await open.attempt(Withdraw({ id, amount }))
  if (what === 'close') await open.attempt(Close({ id }))
  if (what === 'transfer') await open.attempt(Transfer({ from: id, to: 'a', amount })).catch(() => undefined)
  if (what === 'rebuild') await open.operate.rebuild(amount % 2 === 0 ? 'accounts' : 'totals')
}

/** The rows as a plain loop over all events makes them. */
async function replayed(open: RunningOf<typeof bank>) {
  const accounts = new Map<string, any>()
  const totals = new Map<string, { sum: number; count: number }>()
  for (const { type, data } of (await all(open.events.log())) as any[]) {
    const row = accounts.get(data.id)
    const sign = type === 'Deposited' ? 1 : -1
    if (type === 'Opened') accounts.set(data.id, { ...data, balance: 0 })
    if (type === 'Closed') accounts.delete(data.id)
    if (type !== 'Deposited' && type !== 'Withdrawn') continue
    if (row !== undefined) accounts.set(data.id, { ...row, balance: row.balance + sign * data.amount })
    for (const key of [data.id, 'all']) {
      const total = totals.get(key) ?? { sum: 0, count: 0 }
      totals.set(key, { sum: total.sum + sign * data.amount, count: total.count + 1 })
    }
  }
  return { accounts, totals }
}

for (const { name, make } of storeKinds) {
  test(`rows equal a replay after any commands, restarts and rebuilds [${name}]`, async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const store = make(t)
        let open = await start(bank, { store })
        for (const each of steps) {
          if (each.what === 'restart') {
            await open.stop()
            open = await start(bank, { store })
          } else await take(open, each)
        }
        assert.ok(await open.caughtUp(patience))
        const { accounts, totals } = await replayed(open)
        for (const id of ['a', 'b', 'c', 'all']) {
          assert.deepEqual(await open.views.accounts.get(id), accounts.get(id))
          assert.deepEqual(await open.views.totals.get(id), totals.get(id))
        }
        assert.equal(await open.views.accounts.count(), accounts.size)
        await open.stop()
      }),
      { numRuns: name === 'memory' ? 40 : 12 },
    )
  })
}

overStores(
  'an inline row that was deleted keeps a tombstone until the log has come by, and no longer',
  async (t, store) => {
    const open = await running(t, bank, { store })
    await open.execute(Open({ id: 'a', owner: 'x', email: 'x' }))
    await open.execute(Close({ id: 'a' }))
    assert.ok(await open.caughtUp(patience))
    const raw = await store.open({ clock: { now: () => 0, sleep: async () => undefined } })
    t.after(() => raw.close())
    const [active] = (await raw.builds.list('accounts')).filter((build) => build.state === 'active')
    const table = tableOf(Accounts, active!.generation)
    await raw.views.ensure(table)
    await until('the tombstone is gone', async () => (await raw.views.get(table, ['a'])).length === 0)
    await open.execute(Open({ id: 'a', owner: 'again', email: 'x' }))
    assert.equal((await open.views.accounts.get('a'))?.owner, 'again')
  },
)

/** The same account events by a release that has no inline view. */
const plain = system('bank', { services: [service('bank', { parts: [Account, Totals] })] })

overStores('inline rows are caught up when another release has written events without them', async (t, store) => {
  const open = await running(t, bank, { store })
  const other = await running(t, plain, { store })
  await open.execute(Open({ id: 'a', owner: 'x', email: 'x' }))
  for (let i = 0; i < 10; i++) await other.execute(Deposit({ id: 'a', amount: 1 }))
  await open.execute(Deposit({ id: 'a', amount: 1 }))
  assert.equal((await open.views.accounts.get('a'))?.balance, 11)
  const { receipt } = await other.execute(Deposit({ id: 'a', amount: 1 }))
  assert.equal((await open.views.accounts.get('a', { after: receipt, timeout: '1m' }))?.balance, 12)
})

overStores('the log never takes an inline row back to what it was before a later commit', async (t, store) => {
  const doors = [gate(), gate()]
  let passed = 0
  let came = 0
  const held = altered(store, (real) => ({
    async commit(units) {
      if (!units.some((unit) => unit.positions?.some(({ consumer }) => consumer.includes('view:accounts'))))
        return real.commit(units)
      await doors[came++]?.passed
      const outcomes = await real.commit(units)
      passed++
      return outcomes
    },
  }))
  t.after(() => doors.forEach((door) => door.open()))
  const other = await running(t, plain, { store })
  const open = await running(t, bank, { store: held })
  await other.execute(Open({ id: 'a', owner: 'x', email: 'x' }))
  await until('the log brings the row', () => came === 1)
  await open.execute(Deposit({ id: 'a', amount: 2 }))
  doors[0]!.open()
  await until('its commit is decided', () => passed === 1)
  assert.equal((await open.views.accounts.get('a'))?.balance, 2)
  doors[1]!.open()
  assert.ok(await open.caughtUp(patience))
  assert.equal((await open.views.accounts.get('a'))?.balance, 2)
})

overStores('a handler that changes its row in place cannot leave half of it behind', async (t, store) => {
  let failures = 2
  const Sums = projection('sums', { from: [Deposited], key: (e) => e.id, row: { sums: field.array(field.int()) } }).on({
    Deposited(row, e) {
      if (row === undefined) return { sums: [e.amount] }
      const sums = [...row.sums, e.amount]
      assert.throws(() => (row.sums as number[]).push(e.amount), TypeError)
      if (e.amount === 3 && failures-- > 0) throw new Error('not yet')
      return { sums }
    },
  })
  const sums = system('bank', { services: [service('bank', { parts: [Account, Sums] })] })
  const open = await running(t, sums, { store })
  await open.execute(Open({ id: 'a', owner: 'x', email: 'x' }))
  for (const amount of [1, 2, 3, 4]) await open.execute(Deposit({ id: 'a', amount }))
  assert.ok(await open.caughtUp(patience))
  assert.deepEqual(await open.views.sums.get('a'), { sums: [1, 2, 3, 4] })
})

/** Opens a system with a view whose rows the store may refuse. */
async function refusing(t: Parameters<typeof running>[0], store: StoreAdapter) {
  const Named = event('Named', { id: field.string(), name: field.string() })
  const Name = command('Name', { id: field.string(), name: field.string() })
  const Person = aggregate('Person', { events: [Named], commands: [Name], id: (c) => c.id, initial: () => 0 })
    .evolve({ Named: (s) => s + 1 })
    .decide({ Name: (c) => Named(c) })
  const head = { from: [Named], key: (e: { id: string }) => e.id, row: { name: field.string() } } as const
  const plainly = projection('people', { ...head, index: ['name'], mode: 'inline' }).on({
    Named: (_, e) => ({ name: e.name }),
  })
  const uniquely = projection('people', { ...head, unique: ['name'], mode: 'inline', version: 2 }).on({
    Named: (_, e) => ({ name: e.name }),
  })
  const of = (part: typeof plainly | typeof uniquely) =>
    system('people', { services: [service('people', { parts: [Person, part] })] })
  const first = await start(of(plainly), { store })
  for (const [id, name] of [
    ['1', 'ada'],
    ['2', 'bob'],
    ['3', 'ada'],
    ['4', 'cy'],
  ])
    await first.execute(Name({ id: id!, name: name! }))
  await first.stop()
  return { open: await running(t, of(uniquely), { store, leaseMs: 1_000 }), Name }
}

overStores(
  'rows that history does not allow are parked with the reason, and all others are built',
  async (t, store) => {
    const { open, Name } = await refusing(t, store)
    assert.ok(await open.caughtUp(patience))
    const parked = await open.inspect.deadLetters.list({ limit: 10 })
    assert.deepEqual(
      parked.map(({ key, code }) => [key, code]),
      [['3', 'EW_UNIQUE']],
    )
    assert.equal(await open.views.people.count(), 3)
    await open.operate.deadLetters.replay(parked[0]!.consumer, '3')
    await until(
      'it is parked again',
      async () => (await open.inspect.deadLetters.list({ limit: 10 }))[0]?.state === 'parked',
    )
    await open.execute(Name({ id: '1', name: 'ann' }))
    assert.ok(await open.caughtUp(patience))
    await open.operate.deadLetters.replay(parked[0]!.consumer, '3')
    assert.ok(await open.caughtUp(patience))
    assert.deepEqual(await open.views.people.get('3'), { name: 'ada' })
    assert.deepEqual(await open.inspect.deadLetters.list({ limit: 10 }), [])
  },
)
