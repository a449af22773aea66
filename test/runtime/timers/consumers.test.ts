import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command, handle, memory, saga, service, subscription, system, t as t_ } from 'eventwright'
import type { Running, StoreAdapter, When } from 'eventwright'
import { silentLog } from '../../../src/base/log.ts'
import { signal } from '../../../src/base/signal.ts'
import { systemClock } from '../../../src/base/clock.ts'
import type { Store } from '../../../src/ports/store.ts'
import type { TimerWrite } from '../../../src/ports/timers.ts'
import { startTimers } from '../../../src/runtime/timers/consumers.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { patience } from '../../fixtures/patience.ts'
import { Mailbox, Order, orderEvents, OrderPlaced, PlaceOrder, SendLetter, shopWith } from '../messages.fixture.ts'
import { all, listening, running, until } from '../running.fixture.ts'
import { altered, overLocalStores } from '../stores.fixture.ts'
import { Give, office, Plan, planning } from '../timers.fixture.ts'

/** Nothing but the time that a test moves may end a lease. */
const leaseMs = 1e9
const wait = { timeoutMs: 1e12 }

const lettersTo = async (open: Pick<Running, 'events'>, person: string): Promise<readonly string[]> =>
  (await all(open.events.stream(`${Mailbox.name}/${person}`))).map(({ data }) => (data as { text: string }).text)

const keysOf = async (open: Pick<Running, 'inspect'>): Promise<readonly string[]> =>
  (await open.inspect.timers({ limit: 100 })).map(({ key }) => key)

const reminding = subscription('reminding', { from: orderEvents }).on({
  OrderPlaced: (e, { schedule }) => schedule(SendLetter({ to: e.customer, text: `Pay ${e.orderId}` }), '1m'),
})

overLocalStores('what a subscription has scheduled is sent when its time has come, not before', async (t, store) => {
  const clock = fakeClock('2026-01-01T00:00:00.000Z')
  const shop = await running(t, shopWith(reminding), { store, clock, leaseMs })
  await shop.execute(PlaceOrder({ orderId: '1', customer: 'ada' }), { correlationId: 'c-1' })
  assert.ok(await shop.caughtUp(wait))
  const [timer] = await shop.inspect.timers({ limit: 10 })
  assert.deepEqual(
    [timer!.service, timer!.command, timer!.dueAt, timer!.correlationId, timer!.data],
    ['mail', 'SendLetter', '2026-01-01T00:01:00.000Z', 'c-1', { to: 'ada', text: 'Pay 1' }],
  )
  await clock.advance(59_999)
  assert.ok(await shop.caughtUp(wait))
  assert.deepEqual(await lettersTo(shop, 'ada'), [])
  await clock.advance(1)
  assert.ok(await shop.caughtUp(wait))
  assert.deepEqual([await lettersTo(shop, 'ada'), await keysOf(shop)], [['Pay 1'], []])
  const [letter] = await all(shop.events.stream('Mailbox/ada'))
  assert.equal(letter!.meta['correlationId'], 'c-1')
})

overLocalStores(
  'a handler moves what it schedules under the same key, gives it up, or sets nothing',
  async (t, store) => {
    const clock = fakeClock('2026-01-01T00:00:00.000Z')
    const open = await running(t, office, { store, clock, leaseMs })
    await open.execute(Plan({ to: 'ada', text: 'early', at: '1s' }), { idempotencyKey: 'p1' })
    await open.execute(Plan({ to: 'ada', text: 'late', at: '2026-01-01T00:00:02Z' }), { idempotencyKey: 'p2' })
    await open.execute(Plan({ to: 'bob', text: 'never', at: '1s' }))
    await open.execute(Give({ key: 'bob' }))
    await open.execute(Give({ key: 'nobody' }))
    assert.equal(
      (await open.attempt(Plan({ to: 'eve', text: 'refused', at: '1s' }), { idempotencyKey: 'p3' })).ok,
      false,
    )
    assert.deepEqual(await keysOf(open), ['ada'])
    await open.execute(Plan({ to: 'ada', text: 'early', at: '1s' }), { idempotencyKey: 'p1' })
    await clock.advance(1_000)
    assert.ok(await open.caughtUp(wait))
    assert.deepEqual(await lettersTo(open, 'ada'), [])
    await clock.advance(1_000)
    assert.ok(await open.caughtUp(wait))
    assert.deepEqual([await lettersTo(open, 'ada'), await lettersTo(open, 'bob')], [['late'], []])
  },
)

overLocalStores('what a local step of a saga schedules commits with the fact that it is done', async (t, store) => {
  const clock = fakeClock('2026-01-01T00:00:00.000Z')
  const dunning = saga('dunning', { startedBy: OrderPlaced, id: (e) => e.orderId }).pivotLocal('plan', {
    do: ({ input }, { schedule }) => schedule(SendLetter({ to: input.customer, text: 'Pay' }), '1s'),
  })
  const shop = system('shop', { services: [service('all', { parts: [Order, Mailbox, dunning] })] })
  const open = await running(t, shop, { store, clock, leaseMs })
  await open.execute(PlaceOrder({ orderId: '1', customer: 'ada' }))
  assert.ok(await open.caughtUp(wait))
  assert.deepEqual(await keysOf(open), ['dunning/1/plan/do/scheduled/1'])
  await clock.advance(1_000)
  assert.ok(await open.caughtUp(wait))
  assert.deepEqual(await lettersTo(open, 'ada'), ['Pay'])
})

overLocalStores('a key may be used again once its command was sent', async (t, store) => {
  const clock = fakeClock('2026-01-01T00:00:00.000Z')
  const open = await running(t, office, { store, clock, leaseMs })
  for (const text of ['one', 'one']) {
    await open.execute(Plan({ to: 'ada', text, at: '1s' }))
    await clock.advance(1_000)
    assert.ok(await open.caughtUp(wait))
  }
  // For the same instant it counts once, unless it says something else.
  for (const text of ['three', 'three', 'four']) {
    await open.execute(Plan({ to: 'ada', text, at: '2026-01-01T00:00:00Z' }))
    assert.ok(await open.caughtUp(wait))
  }
  assert.deepEqual(await lettersTo(open, 'ada'), ['one', 'one', 'three', 'four'])
})

overLocalStores('whoever starts late sends what is overdue in the order of its times', async (t, store) => {
  const clock = fakeClock()
  const first = await running(t, office, { store, clock, leaseMs })
  const times = [50, 10, 40, 30, 20]
  for (const seconds of times) await first.schedule(SendLetter({ to: 'ada', text: `${seconds}` }), `${seconds}s`)
  await first.stop()
  await clock.advance(60_000)
  const second = await running(t, office, { store, clock, leaseMs })
  assert.ok(await second.caughtUp(wait))
  assert.deepEqual(await lettersTo(second, 'ada'), ['10', '20', '30', '40', '50'])
})

overLocalStores('commands are scheduled from outside for whichever service, moved and given up', async (t, store) => {
  const clock = fakeClock('2026-01-01T00:00:00.000Z')
  const open = await running(t, office, { store, clock, leaseMs, services: ['plans', 'mail'] })
  const letter = SendLetter({ to: 'ada', text: 'Hello' })
  const at = new Date('2026-01-01T00:00:05.000Z')
  const set = await open.schedule(letter, at, { key: 'k' })
  assert.deepEqual(set, { service: 'mail', key: 'k', dueAt: '2026-01-01T00:00:05.000Z' })
  await open.schedule(letter, '2026-01-01T01:00:01+01:00', { key: 'k' })
  await open.schedule(letter, '1s', { key: 'k', service: 'plans' })
  await open.unschedule('plans', 'k')
  const timers = await open.inspect.timers({ service: 'mail', limit: 1 })
  assert.deepEqual(
    timers.map(({ key, dueAt }) => [key, dueAt]),
    [['k', '2026-01-01T00:00:01.000Z']],
  )
  assert.deepEqual(await open.inspect.timers({ after: timers[0]!, limit: 1 }), [])
  await clock.advance(5_000)
  assert.ok(await open.caughtUp(wait))
  assert.deepEqual(await lettersTo(open, 'ada'), ['Hello'])
})

test('what cannot be scheduled is refused before anything is stored', async (t) => {
  const open = await running(t, office, { store: memory() })
  const letter = SendLetter({ to: 'ada', text: 'x' })
  const noTimes = ['soon', '', '2026-01-01', '2026-01-01T00:00:00', '9999999999d', new Date(Number.NaN), 5]
  for (const at of noTimes) await assert.rejects(open.schedule(letter, at as When), { code: 'EW_VALUE' }, String(at))
  await assert.rejects(open.schedule(letter, '1s', { key: '' }), { code: 'EW_TEXT' })
  await assert.rejects(open.schedule(letter, '1s', { key: 'a\0' }), { code: 'EW_TEXT' })
  await assert.rejects(open.schedule(letter, '1s', { service: 'nobody' }), { code: 'EW_CONFIG' })
  await assert.rejects(open.unschedule('nobody', 'k'), { code: 'EW_CONFIG' })
  await assert.rejects(open.schedule(OrderPlaced({ orderId: '1', customer: 'x' }) as never, '1s'), {
    code: 'EW_DESIGN',
  })
  await assert.rejects(open.schedule({} as never, '1s'), { code: 'EW_MESSAGE' })
  const silent = system('silent', { services: [service('mail', { parts: [Mailbox] })] })
  const mute = await running(t, silent, { store: memory() })
  await assert.rejects(mute.schedule(letter, '1s'), { code: 'EW_CONFIG' })
  assert.deepEqual([await keysOf(open), await keysOf(mute)], [[], []])
})

/** Between reading what is due and sending it, somebody else commits. */
function meanwhile(adapter: StoreAdapter, writes: (store: Store) => readonly TimerWrite[]): StoreAdapter {
  let left = 1
  return altered(adapter, (store) => ({
    timers: {
      ...store.timers,
      async due(service, nowMs, limit) {
        const due = await store.timers.due(service, nowMs, limit)
        if (service === 'plans' && limit > 1 && due.length > 0 && left-- > 0) {
          const inbox = [{ service, consumer: 'test', key: 'once', fingerprint: '', outcome: '{}' }]
          await store.commit([{ inbox, timers: writes(store) }])
        }
        return due
      },
    },
  }))
}

overLocalStores('a timer that is given up or moved while it is being fired is not sent', async (t, store) => {
  const data = { to: 'bob', text: 'moved' }
  const moved = { id: 'plans/bob', service: 'plans', dueAtMs: 2e12, command: 'SendLetter', data: JSON.stringify(data) }
  const origin = JSON.stringify({ correlationId: 'c', causationId: 'c' })
  const adapter = meanwhile(store, () => [
    { kind: 'remove', id: 'plans/ada' },
    { kind: 'set', ...moved, meta: origin },
  ])
  const clock = fakeClock('2026-01-01T00:00:00.000Z')
  const open = await running(t, office, { store: adapter, clock, leaseMs })
  for (const to of ['ada', 'bob', 'eve']) await open.execute(Plan({ to, text: 'sent', at: '1s' }))
  await clock.advance(1_000)
  assert.ok(await open.caughtUp(wait))
  assert.deepEqual(
    [await lettersTo(open, 'ada'), await lettersTo(open, 'bob'), await lettersTo(open, 'eve')],
    [[], [], ['sent']],
  )
  assert.deepEqual(await keysOf(open), ['bob'])
})

overLocalStores('of two processes one sends, each timer once', async (t, store) => {
  const counted = await store.open({ clock: systemClock })
  t.after(() => counted.close())
  const both = [await running(t, office, { store }), await running(t, office, { store })]
  await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      both[n % 2]!.schedule(SendLetter({ to: `reader-${n % 7}`, text: `${n}` }), `${n % 20}ms`),
    ),
  )
  await until('every letter is there', async () => (await all(both[0]!.events.log())).length === 60)
  assert.ok(await both[1]!.caughtUp(patience))
  assert.equal(await counted.outbox.head(), 60)
})

overLocalStores('a timer that another process sets is sent although no backstop passes', async (t, store) => {
  // Time stands still; those who let others take their turn sleep all the same.
  const options = { clock: { now: fakeClock().now, sleep: systemClock.sleep }, leaseMs, store }
  const sending = await running(t, office, { ...options, services: ['plans', 'mail'] })
  assert.ok(await sending.caughtUp())
  const other = await running(t, office, options)
  for (let n = 1; n <= 5; n++) {
    await other.schedule(SendLetter({ to: 'ada', text: `${n}` }), '0ms')
    await until(`letter ${n} is there`, async () => (await lettersTo(sending, 'ada')).length === n)
  }
})

overLocalStores('commits that set no timer do not make anybody ask for timers', async (t, store) => {
  let asked = 0
  const counting = altered(store, ({ timers }) => ({
    timers: {
      ...timers,
      async due(service, nowMs, limit) {
        if (nowMs === Number.MAX_SAFE_INTEGER) asked++
        return timers.due(service, nowMs, limit)
      },
    },
  }))
  const shop = await running(t, shopWith(reminding), { store: counting, clock: fakeClock(), leaseMs })
  await shop.execute(PlaceOrder({ orderId: '0', customer: 'ada' }))
  assert.ok(await shop.caughtUp(wait))
  await until('both services have asked', () => asked >= 2)
  const before = asked
  for (let n = 1; n <= 20; n++) await shop.execute(SendLetter({ to: 'ada', text: `${n}` }))
  assert.ok(await shop.caughtUp(wait))
  for (let n = 1; n <= 5; n++) await shop.execute(PlaceOrder({ orderId: `${n}`, customer: 'ada' }))
  assert.ok(await shop.caughtUp(wait))
  assert.deepEqual([asked, (await shop.inspect.timers({ limit: 100 })).length], [before, 6])
})

overLocalStores(
  'a timer that this release cannot send waits for one that can, and holds up nobody',
  async (t, store) => {
    const log = listening()
    const first = await running(t, office, { store })
    await first.stop()
    const Forget = command('Forget', { to: t_.string() })
    const forget = handle(Forget, async () => undefined)
    const wider = system('office', {
      services: [service('plans', { parts: [...planning, forget] }), service('mail', { parts: [Mailbox] })],
    })
    const second = await running(t, wider, { store })
    const dueAt = Date.now() + 86_400_000
    await second.schedule(Forget({ to: 'ada' }), new Date(dueAt))
    await second.stop()
    const clock = fakeClock(new Date(dueAt).toISOString())
    const third = await running(t, office, { store, clock, log, leaseMs })
    await third.schedule(SendLetter({ to: 'ada', text: 'Hello' }), '0ms', { service: 'plans' })
    assert.ok(await third.caughtUp(wait))
    assert.deepEqual(await lettersTo(third, 'ada'), ['Hello'])
    assert.equal((await third.inspect.timers({ limit: 10 })).length, 1)
    assert.equal(log.said.filter((line) => line === 'error: a timer cannot be sent and is left alone').length, 1)
    await third.stop()
    const fourth = await running(t, wider, { store, clock, leaseMs })
    assert.ok(await fourth.caughtUp(wait))
    assert.deepEqual(await keysOf(fourth), [])
  },
)

overLocalStores('what a handler schedules without an idempotency key is stored all the same', async (t, store) => {
  const open = await running(
    t,
    system('shop', { services: [service('all', { parts: [Mailbox, Order, ...planning] })] }),
    {
      store,
    },
  )
  await open.execute(Plan({ to: 'ada', text: 'soon', at: '1ms' }))
  await until('the letter', async () => (await lettersTo(open, 'ada')).length === 1)
})

test('a start that fails listens to nothing any more, and neither does one that has ended', async () => {
  let [listening, ensured] = [0, 0]
  const listen = () => {
    listening++
    return () => void listening--
  }
  const store = { ...(await memory().open({ clock: systemClock })), watch: listen }
  const main = {
    store,
    queue: { onCommit: listen },
    async consume({ name }: { readonly name: string }) {
      if (ensured++ === 1) throw new Error('no such luck')
      return { status: { name, state: 'waiting', problem: undefined }, stop: async () => undefined }
    },
  }
  const services = new Set(['plans', 'mail'])
  const given = {
    graph: office.graph,
    services,
    main,
    messaging: {},
    wake: signal(),
    clock: systemClock,
    log: silentLog,
  }
  await assert.rejects(startTimers(given as never), /no such luck/)
  assert.equal(listening, 0)
  const { consumers } = await startTimers(given as never)
  assert.equal(listening, 4)
  for (const consumer of consumers) await consumer.stop()
  assert.equal(listening, 0)
})
