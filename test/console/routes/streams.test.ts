import assert from 'node:assert/strict'
import type { AuditItem, Job, Page } from '../../../src/console/wire.ts'
import type { EventItem, StateItem, StreamItem, StreamStory } from '../../../src/console/wire/events.ts'
import { until } from '../../runtime/running.fixture.ts'
import { overStores } from '../../runtime/stores.fixture.ts'
import { allOf, book, Booked, Booking, Confirmed, hotel, secret } from '../console.fixture.ts'

overStores('streams are listed in pages, of a category and a status', async (t, store) => {
  const { open, desk } = await hotel(t, store, {}, { mailBroken: false, tillJammed: true })
  for (const id of ['a', 'b/%', 'c']) await book(open, id)
  const { items, pages } = await allOf<StreamItem>(desk, 'streams?category=Booking', 2)
  assert.deepEqual([items.map(({ stream }) => stream), pages], [['Booking/a', 'Booking/b/%', 'Booking/c'], 2])
  await desk.ordered('streams/Booking%2Fb%2F%25/archive')
  const archived = await desk.get<Page<StreamItem>>('streams?status=archived')
  assert.deepEqual(archived.items, [{ stream: 'Booking/b/%', partition: 0, events: 1, status: 'archived' }])
  assert.equal((await desk.ask('streams?status=gone')).status, 400)
  assert.equal((await desk.ask('streams/Booking%2Fnobody/events')).status, 404)
})

overStores('a stream shows its events, and the state at each version with what it has changed', async (t, store) => {
  const { open, desk } = await hotel(t, store, {}, { mailBroken: false, tillJammed: true })
  const many = Array.from({ length: 7 }, () => Confirmed({ bookingId: 'b1' }))
  await open.append(Booking, 'b1', [Booked({ bookingId: 'b1', guest: secret, nights: 2, room: '12' }), ...many])
  const stream = 'streams/Booking%2Fb1'
  const story = await desk.get<StreamStory>(stream)
  assert.deepEqual(
    [story.events, story.aggregate, story.first?.type, story.last?.version],
    [8, { name: 'Booking', service: 'rooms' }, 'Booked', 8],
  )
  const versions = async (path: string): Promise<number[]> =>
    (await allOf<EventItem>(desk, path, 3)).items.map(({ version }) => version)
  assert.deepEqual(await versions(`${stream}/events`), [8, 7, 6, 5, 4, 3, 2, 1])
  assert.deepEqual(await versions(`${stream}/events?order=oldest`), [1, 2, 3, 4, 5, 6, 7, 8])

  const newest = (await allOf<StateItem>(desk, `${stream}/states`, 3)).items
  const oldest = (await allOf<StateItem>(desk, `${stream}/states?order=oldest`, 3)).items
  assert.deepEqual(newest.toReversed(), oldest)
  assert.deepEqual(
    oldest.slice(0, 3).map(({ changes }) => changes.map(({ path, before, after }) => [path, before, after])),
    [
      [
        ['status', 'free', 'booked'],
        ['greeting', '', 'Dear •••••'],
      ],
      [['status', 'booked', 'confirmed']],
      [],
    ],
  )
  await until('the saga has begun', async () => (await open.inspect.saga('stay/b1')) !== undefined, 60_000)
  const [engine] = (await desk.get<Page<StateItem>>('streams/stay%2Fb1/states')).items
  assert.match(engine!.problem!, /no such aggregate/)
})

overStores('a stream is deleted by its name said once more, by a job that tells what is gone', async (t, store) => {
  const { open, desk } = await hotel(t, store)
  await book(open, 'b1')
  const of = 'streams/Booking%2Fb1/delete'
  for (const body of [{}, { name: 'Booking/b2' }, { name: null }])
    assert.equal((await desk.order(of, body)).status, 400)
  assert.equal((await desk.order('streams/Booking%2Fnobody/delete', { name: 'Booking/nobody' })).status, 404)
  assert.equal((await open.inspect.events.stream('Booking/b1'))?.status, 'open')
  assert.deepEqual((await desk.get<Page<AuditItem>>('actions')).items, [])

  const order = { name: 'Booking/b1', reason: 'she asked for it' }
  const { id } = await desk.ordered<Job>(of, order, 'order-delete')
  await until('the job is over', async () => (await desk.get<Job>(`jobs/${id}`)).state !== 'running', 60_000)
  const job = await desk.get<Job>(`jobs/${id}`)
  assert.deepEqual([job.state, job.what, job.of], ['done', 'delete stream', 'Booking/b1'])
  assert.match(job.outcome!, /^The data of \d+ events?, 0 snapshots and \d+ parked copies are gone for ever\.$/)
  assert.equal((await desk.ordered<Job>(of, order, 'order-delete')).id, id)
  const story = await desk.get<StreamStory>('streams/Booking%2Fb1')
  assert.deepEqual(
    [story.status, story.unfinished, story.first?.deleted, story.first?.data],
    ['deleted', undefined, true, null],
  )
  assert.ok(story.actions.some(({ what, why }) => what === 'deleted' && why === 'she asked for it'))
  const { items } = await desk.get<Page<AuditItem>>('actions')
  assert.ok(items.some(({ what, why }) => what === 'delete stream' && why === 'she asked for it'))
})
