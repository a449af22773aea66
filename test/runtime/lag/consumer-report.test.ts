import assert from 'node:assert/strict'
import { failure } from '../../../src/base/errors.ts'
import type { Broker } from '../../../src/ports/broker.ts'
import { inspect } from '../../../src/runtime/inspect.ts'
import type { ConsumerReport } from '../../../src/runtime/lag/consumer-report.ts'
import { inbox } from '../../../src/testing/contracts/store-case.ts'
import { everyStoreKind, overStores } from '../stores.fixture.ts'
import { leaseMs, SlowMotion } from './slow-motion.fixture.ts'

const said = ({ status, lag, lagMs, stalenessMs }: ConsumerReport): readonly unknown[] => [
  status,
  lag,
  lagMs,
  stalenessMs,
]

/** The same over every store, in the time of the test. */
function inSlowMotion(sentence: string, run: (world: SlowMotion) => Promise<void>): void {
  overStores(
    sentence,
    async (t, adapter) => {
      const world = await SlowMotion.open(adapter)
      t.after(() => world.store.close())
      await run(world)
    },
    everyStoreKind,
  )
}

inSlowMotion('a consumer that has nothing to do for an hour is idle, also when nobody has it', async (world) => {
  await world.record(3)
  await world.begin('c')
  await world.move('c', 3)
  await world.pass(3_600_000)
  assert.deepEqual(said(await world.report('c')), ['idle', 0, 0, 0])
  await world.clock.advance(3_600_000)
  assert.deepEqual(said(await world.report('c')), ['idle', 0, 0, 0])
})

inSlowMotion('what comes after an hour of nothing does not make a consumer stalled at once', async (world) => {
  await world.begin('c')
  await world.pass(3_600_000)
  await world.record(2)
  await world.pass(4_000)
  assert.deepEqual(said(await world.report('c')), ['ok', 2, 4_000, 4_000])
})

inSlowMotion('a handler that hangs makes its consumer stalled, and its next move ends that', async (world) => {
  await world.begin('c')
  await world.record(2)
  await world.pass(60_000)
  assert.equal((await world.report('c')).status, 'lagging')
  await world.pass(1_000)
  assert.deepEqual(said(await world.report('c')), ['stalled', 2, 61_000, 61_000])
  await world.move('c', 1)
  assert.deepEqual(said(await world.report('c')), ['lagging', 1, 61_000, 0])
  await world.move('c', 1)
  assert.equal((await world.report('c')).status, 'idle')
})

inSlowMotion('a slow consumer that goes on moving is lagging, and stalled when it stops', async (world) => {
  await world.begin('c')
  await world.record(100)
  const seen = new Set<string>()
  for (let n = 0; n < 6; n++) {
    await world.pass(50_000)
    seen.add((await world.report('c')).status)
    await world.pass(n < 2 ? 5_000 : 40_000)
    seen.add((await world.report('c')).status)
    await world.move('c', 1)
  }
  assert.deepEqual([...seen], ['lagging'])
  await world.pass(185_000)
  assert.equal((await world.report('c')).status, 'stalled')
})

inSlowMotion(
  'a consumer whose owner died is stopped when its lease is over, and recovers with the next',
  async (world) => {
    await world.begin('c', 'dead')
    await world.record(5)
    await world.clock.advance(leaseMs - 1)
    assert.deepEqual((await world.report('c')).owners, ['dead'])
    await world.clock.advance(3_000)
    assert.equal((await world.report('c')).status, 'waiting')
    await world.clock.advance(3_000)
    const stopped = await world.report('c')
    assert.deepEqual([stopped.status, stopped.owners], ['stopped', []])
    assert.deepEqual(
      stopped.leftBy?.map(({ owner, untilMs }) => [owner, world.clock.now() - untilMs]),
      [['dead', 5_999]],
    )
    await world.begin('c', 'alive')
    assert.equal((await world.report('c')).leftBy, undefined)
    assert.equal((await world.report('c')).status, 'lagging')
    await world.move('c', 5)
    assert.equal((await world.report('c')).status, 'idle')
  },
)

inSlowMotion('a lag that grows is told from one that a burst has left', async (world) => {
  for (const consumer of ['slow', 'quick']) await world.begin(consumer)
  await world.record(2_000)
  for (let second = 0; second < 150; second++) {
    await world.record(10)
    await world.pass(1_000)
    await world.move('slow', 5)
    await world.move('quick', 15)
  }
  const [slow, quick] = [await world.report('slow'), await world.report('quick')]
  assert.deepEqual([slow.status, quick.status], ['falling behind', 'lagging'])
  assert.ok(quick.lagMs! > 90_000, 'the oldest of a burst grows older while it is worked off')
  await world.move('quick', quick.lag)
  await world.move('slow', slow.lag)
  assert.deepEqual([(await world.report('slow')).status, (await world.report('quick')).status], ['idle', 'idle'])
})

inSlowMotion('the slowest bucket says how far a consumer is, the worst one how it does', async (world) => {
  await world.begin('c', 'w1', { buckets: 4 })
  await world.record(10)
  for (const bucket of [0, 1, 2]) await world.move('c', 10, { bucket })
  await world.move('c', 4, { bucket: 3 })
  await world.pass(70_000)
  const stuck = await world.report('c')
  assert.deepEqual([stuck.position, stuck.lag, stuck.buckets, stuck.status], [4, 6, 4, 'stalled'])
  await world.move('c', 6, { bucket: 3 })
  await world.record(1)
  for (const bucket of [0, 1, 2]) await world.move('c', 1, { bucket })
  await world.store.ownership.release((await world.store.ownership.list('c')).filter(({ bucket }) => bucket === 3))
  await world.pass(6_000)
  const stopped = await world.report('c')
  assert.deepEqual([stopped.status, stopped.lag, stopped.owners], ['stopped', 1, ['w1']])
})

inSlowMotion('the partitions of a channel are looked at each by itself', async (world) => {
  const broker = world.store.broker!
  await broker.ensure([{ name: 'letters', partitions: 4, retentionMs: undefined }])
  await world.begin('c', 'w1', { source: 'letters', buckets: 4 })
  await world.pass(600_000)
  const send = async (key: string): Promise<void> => {
    const message = { channel: 'letters', key, id: key, headers: '{}', value: '{}' }
    assert.deepEqual(await broker.publish([message]), [{ kind: 'ok' }])
  }
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await send(key)
  await world.pass(3_000)
  assert.deepEqual(said(await world.report('c')), ['ok', 6, 3_000, 3_000])
  const ends = await broker.bounds('letters')
  const used = ends.filter(({ next }) => next > 0)
  for (const { partition, next } of used.slice(1)) await world.move('c', next, { bucket: partition })
  await world.pass(60_000)
  const left = used[0]!.next
  assert.deepEqual(said(await world.report('c')), ['stalled', left, 63_000, 63_000])
  await broker.remove('letters')
  assert.deepEqual(said(await world.report('c')), ['idle', 0, 0, 0])
})

inSlowMotion('what a relay of another service has sent and trimmed is nothing that waits', async (world) => {
  await world.begin('a/outbox', 'w1', { source: 'outbox' })
  const message = { service: 'b', channel: 'c', key: 'k', type: 'T', headers: '{}', value: '{}' }
  const outbox = ['1', '2'].map((n) => ({ ...message, id: `0199aaaa-0000-7000-8000-00000000000${n}` }))
  assert.ok((await world.store.commit([{ inbox: [inbox('1')], outbox }]))[0]!.ok)
  await world.pass(90_000)
  assert.deepEqual(said(await world.report('a/outbox')), ['stalled', 2, 90_000, 90_000])
  await world.store.outbox.trim('b', 2, 100)
  assert.deepEqual(said(await world.report('a/outbox')), ['idle', 0, 0, 0])
})

inSlowMotion('timers that are due and are not sent make their consumer stalled', async (world) => {
  await world.begin('mail/timers', 'w1', { source: 'timers' })
  const timer = { id: 'mail/1', service: 'mail', command: 'Send', data: '{}', meta: '{}' }
  const dueAtMs = world.clock.now() + 100_000
  await world.move('mail/timers', 0, { timers: [{ kind: 'set', ...timer, dueAtMs }] })
  await world.pass(100_000)
  assert.deepEqual(said(await world.report('mail/timers')), ['ok', 1, 0, 0])
  await world.pass(61_000)
  assert.deepEqual(said(await world.report('mail/timers')), ['stalled', 1, 61_000, 61_000])
  // Whatever is committed by its owner is work.
  await world.move('mail/timers', 0)
  assert.deepEqual(said(await world.report('mail/timers')), ['lagging', 1, 61_000, 0])
})

inSlowMotion('mail that nobody opens is work, mail that an instance will wait for is not', async (world) => {
  await world.begin('s/saga:order', 'w1', { source: 'mail', buckets: 4 })
  const mail = { saga: 'order', address: 'order/1', key: '1', body: '{}' }
  const awaited = Array.from({ length: 2_000 }, (_, n) => ({ ...mail, key: `a${n}`, kind: 'awaited' }))
  await world.store.commit([{ inbox: [inbox('1')], mail: awaited }])
  await world.pass(90_000)
  assert.deepEqual(said(await world.report('s/saga:order')), ['idle', 0, 0, 0])
  await world.store.commit([{ inbox: [inbox('2')], mail: [{ ...mail, key: '2', kind: 'start' }] }])
  await world.pass(61_000)
  assert.deepEqual(said(await world.report('s/saga:order')), ['stalled', 1, 61_000, 61_000])
  await world.store.commit([{ inbox: [inbox('3')], mailUsed: [{ saga: 'order', address: 'order/1', key: '2' }] }])
  assert.equal((await world.report('s/saga:order')).status, 'idle')
})

inSlowMotion(
  'of a broker that does not answer nobody knows what waits, and the rest is told as ever',
  async (world) => {
    await world.begin('c')
    await world.record(2)
    for (const channel of ['news', 'orders']) await world.begin(`${channel} reader`, 'w1', { source: channel })
    await world.move('orders reader', 5)
    for (const code of ['EW_BROKER_FAILED', 'EW_BROKER_DENIED'] as const) {
      let asked = 0
      const bounds = (): never => {
        asked++
        throw failure(code, 'The broker is away.')
      }
      const broker = { ...world.store.broker, waiting: undefined, bounds } as unknown as Broker
      const reports = await inspect({ ...world.store, broker }).consumers()
      assert.deepEqual(
        reports.map((report) => [report.name, ...said(report)]),
        [
          ['c', 'ok', 2, 0, 0],
          ['news reader', 'broker away', 0, null, 0],
          ['orders reader', 'broker away', 0, null, 0],
        ],
      )
      assert.equal(asked, 1, 'each question takes its time')
    }
  },
)
