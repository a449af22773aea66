import assert from 'node:assert/strict'
import { command, event, t as type } from 'eventwright'
import { newId } from '../../../src/base/ids.ts'
import { silentLog } from '../../../src/base/log.ts'
import { process, type AnyProcess } from '../../../src/design/sagas/process.ts'
import type { ProcessState } from '../../../src/runtime/sagas/process.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { until } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'
import { delivered, mailOf, openDesk, participants, rowOf, story, ticking } from './runner.fixture.ts'

const Placed = event('Placed', { id: type.string(), what: type.string() })
const Paid = event('Paid', { id: type.string() })
const Ship = command('Ship', { id: type.string() })
const Remind = command('Remind', { id: type.string() })

const broken = { isMended: false }

const delivery: AnyProcess = process('delivery', { initial: (): { seen: string[] } => ({ seen: [] }) })
  .on(
    Placed,
    (e) => e.id,
    (state, { id, what }) => {
      if (what === 'poison' && !broken.isMended) throw new Error('nobody knows what this is')
      const after = { remind: { in: '1h' as const, send: Remind({ id }) } }
      return { state: { seen: [...state.seen, what] }, after }
    },
  )
  .on(
    Paid,
    (e) => e.id,
    (_state, { id }) => ({ send: [Ship({ id })], after: { remind: 'cancel' }, end: true }),
  )

const placed = (id: string, what = 'tea') => delivered(Placed({ id, what }))
const done = () => ({ status: 'done' as const })
const seenBy = async (desk: Parameters<typeof rowOf>[0], id: string) => {
  const row = await rowOf(desk, id)
  return row === undefined ? [] : (JSON.parse(row.state) as ProcessState & { state: { seen: string[] } }).state.seen
}

overStores('a process answers events with commands, each event once', async (t, adapter) => {
  const desk = await openDesk(t, adapter, delivery)
  const others = participants(desk, done)
  const event = placed('1')
  await desk.post(mailOf(delivery, event))
  await desk.post(mailOf(delivery, event))
  const paid = delivered(Paid({ id: '1' }))
  await desk.post(mailOf(delivery, paid))
  await until('it is shipped', () => others.asked.length > 0)
  await desk.post(mailOf(delivery, placed('1', 'late')))
  await until('no mail waits', async () => (await desk.space.store.sagas.mail('delivery', 0, 10)).length === 0)
  assert.deepEqual(await story(desk.space.store, 'delivery/1'), ['ProcessReacted', 'ProcessReacted'])
  const [asked] = others.asked
  assert.deepEqual(
    [asked!.type, asked!.data, asked!.idempotencyKey, asked!.row.key, asked!.replyTo],
    ['Ship', { id: '1' }, `delivery/1/${paid.meta.id}/1`, 'delivery/1', undefined],
  )
  const events = await desk.space.store.log.readStream({ stream: 'delivery/1', from: 1, limit: 10 })
  assert.deepEqual(
    events.map(({ meta }) => JSON.parse(meta).causationId as string),
    [event.meta.id, paid.meta.id],
  )
  const row = await rowOf(desk, 'delivery/1')
  assert.deepEqual([row!.status, row!.closed, row!.dueAtMs, row!.version], ['ended', true, null, 2])
})

/** Every order asks for a parcel of its own. */
const parcels: AnyProcess = process('parcels', { initial: (): number => 0 }).on(
  Placed,
  () => '1',
  (state, { id }) => ({ state: state + 1, send: [Ship({ id })] }),
)

overStores(
  'what is told at once comes each from its own message, and so do the commands that it leads to',
  async (t, adapter) => {
    const store = await adapter.open({ clock: fakeClock() })
    t.after(() => store.close())
    const told = ['a', 'b'].map((id) => {
      const event = placed(id)
      return { ...event, meta: { ...event.meta, correlationId: newId() } }
    })
    const inbox = [{ service: 'orders', consumer: 'router', key: 'both', fingerprint: '', outcome: '{}' }]
    const [outcome] = await store.commit([{ inbox, mail: told.flatMap((event) => mailOf(parcels, event)) }])
    assert.ok(outcome!.ok)
    let units = 0
    const desk = await openDesk(t, adapter, parcels, {
      wrap: (commit) => (bucket, unit) => (units++, commit(bucket, unit)),
    })
    const others = participants(desk, done)
    await until('both are asked for', () => others.asked.length === 2)
    assert.equal(units, 1)
    const events = await desk.space.store.log.readStream({ stream: 'parcels/1', from: 1, limit: 10 })
    const metas = events.map(({ meta }) => JSON.parse(meta) as { causationId: string; correlationId: string })
    assert.deepEqual(
      metas.map(({ causationId, correlationId }) => [causationId, correlationId]),
      told.map(({ meta }) => [meta.id, meta.correlationId]),
    )
    assert.deepEqual(
      others.asked.map(({ data, origin }) => [data.id, origin.causationId, origin.correlationId]),
      told.map(({ meta }, index) => [['a', 'b'][index], events[index]!.id, meta.correlationId]),
    )
  },
)

overStores('timers of a process fire once, whoever owns it then', async (t, adapter) => {
  const clock = fakeClock()
  const first = await openDesk(t, adapter, delivery, { clock })
  for (const id of ['1', '2']) await first.post(mailOf(delivery, placed(id)))
  await until('both are there', async () => (await seenBy(first, 'delivery/2')).length === 1)
  await clock.advance(600_000)
  await first.stop()
  const desk = await openDesk(t, adapter, delivery, { clock })
  const others = participants(desk, done)
  await desk.post(mailOf(delivery, delivered(Paid({ id: '2' }))))
  await until('the second has ended', async () => (await rowOf(desk, 'delivery/2'))?.closed)
  const keys = () => others.asked.filter(({ type }) => type === 'Remind').map(({ idempotencyKey }) => idempotencyKey)
  await clock.advance(2_999_999)
  assert.deepEqual(keys(), [])
  await clock.advance(1)
  await until('the first is reminded', () => keys().length > 0)
  await clock.advance(7_200_000)
  await desk.post(mailOf(delivery, placed('3')))
  await until('a third is there', async () => (await seenBy(desk, 'delivery/3')).length === 1)
  assert.deepEqual(keys(), ['delivery/1/timer/1'])
  const row = (await rowOf(desk, 'delivery/1'))!
  assert.deepEqual([row.status, row.closed, row.dueAtMs], ['waiting', false, null])
})

overStores(
  'an event that a process throws at holds up its own instance only, and nothing is lost',
  async (t, adapter) => {
    const clock = fakeClock()
    broken.isMended = false
    const failures: unknown[] = []
    const error = (_message: string, fields?: Readonly<Record<string, unknown>>) =>
      void failures.push(fields?.['failures'])
    const desk = await openDesk(t, adapter, delivery, { clock, log: { ...silentLog, error } })
    for (const what of ['first', 'poison', 'last']) await desk.post(mailOf(delivery, placed('1', what)))
    await desk.post(mailOf(delivery, placed('2')))
    await until('the other one is there', async () => (await seenBy(desk, 'delivery/2')).length === 1)
    await until('the first event is done', async () => (await seenBy(desk, 'delivery/1')).length === 1)
    await ticking(clock, 'it has failed often', async () => failures.length >= 4)
    // Each rest is longer than the one before.
    assert.deepEqual(failures.slice(0, 4), [1, 2, 3, 4])
    assert.deepEqual(await seenBy(desk, 'delivery/1'), ['first'])
    assert.equal((await desk.space.store.sagas.mail('delivery', 0, 10)).length, 2)
    broken.isMended = true
    await ticking(clock, 'all is done', async () => (await seenBy(desk, 'delivery/1')).length === 3, 1_000)
    assert.deepEqual(await seenBy(desk, 'delivery/1'), ['first', 'poison', 'last'])
  },
)
