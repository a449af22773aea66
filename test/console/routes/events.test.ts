import assert from 'node:assert/strict'
import type { Page } from '../../../src/console/wire.ts'
import type { EventItem, EventStory, SearchAnswer, Trace } from '../../../src/console/wire/events.ts'
import { until } from '../../runtime/running.fixture.ts'
import { overStores } from '../../runtime/stores.fixture.ts'
import { allOf, Book, book, Booked, Booking, Confirmed, hotel, secret } from '../console.fixture.ts'

overStores('the newest events come first, of a type and a category too, however rare', async (t, store) => {
  const { open, desk } = await hotel(t, store)
  const plain = Array.from({ length: 1_200 }, () => Confirmed({ bookingId: 'b1' }))
  await open.append(Booking, 'b1', [Booked({ bookingId: 'b1', guest: secret, nights: 2, room: '12' }), ...plain])
  await until('the saga has ended', async () => (await open.inspect.saga('stay/b1'))?.closed === true, 60_000)
  const { head } = await open.inspect.store()
  const { items } = await desk.get<Page<EventItem>>('events?limit=3')
  assert.deepEqual(
    items.map(({ position }) => position),
    [head, head - 1, head - 2],
  )
  const rare = await allOf<EventItem>(desk, 'events?type=Booked', 50)
  assert.deepEqual(
    rare.items.map(({ position }) => position),
    [1],
  )
  const till = await allOf<EventItem>(desk, 'events?category=Till', 50)
  assert.deepEqual(
    till.items.map(({ type }) => type),
    ['Charged'],
  )
  const engine = await allOf<EventItem>(desk, 'events?partition=1', 4)
  assert.deepEqual([engine.items.at(-1)?.type, engine.items[0]?.type], ['ew.SagaStarted', 'ew.SagaCompleted'])

  const story = await desk.get<EventStory>(`events/${rare.items[0]!.id}`)
  assert.deepEqual([story.event.stream, story.stored], ['Booking/b1', undefined])
  assert.deepEqual(
    story.readers,
    [
      { kind: 'projections', name: 'bookings' },
      { kind: 'sagas', name: 'stay' },
      { kind: 'channels', name: 'booking-events' },
      ...[],
    ].toSpliced(1, 0, { kind: 'subscriptions', name: 'mails' }),
  )
  for (const id of ['01a21bf1-7f43-7000-9c2c-08e38e7c3666', 'no id'])
    assert.equal((await desk.ask(`events/${id}`)).status, 404)
})

overStores('a correlation id gives the tree of what followed from what, over services and sagas', async (t, store) => {
  const { open, desk } = await hotel(t, store)
  await book(open, 'other')
  await book(open, 'b1', 'guest-7')
  await until('the saga has ended', async () => (await open.inspect.saga('stay/b1'))?.closed === true, 60_000)
  const { events, isCut, behindEvents } = await desk.get<Trace>('correlations/guest-7')
  assert.deepEqual([isCut, behindEvents], [false, 0])
  const byId = new Map(events.map((event) => [event.id, event]))
  const parents = (type: string): string[] => {
    const event = events.find((each) => each.type === type)!
    return event.causedBy === undefined ? [type] : [type, ...parents(byId.get(event.causedBy)!.type)]
  }
  assert.deepEqual(parents('Booked'), ['Booked'])
  assert.deepEqual(parents('ew.SagaStarted'), ['ew.SagaStarted', 'Booked'])
  // What a saga does in its own service follows from its asking for it, and what it publishes from that.
  assert.deepEqual(parents('Charged'), ['Charged', 'ew.StepRequested', 'Booked'])
  assert.deepEqual(parents('Confirmed'), ['Confirmed', 'ew.StepRequested', 'Booked'])
  assert.ok(events.every(({ depth, causedBy }) => (depth === 0) === (causedBy === undefined)))
  assert.ok(events.every(({ stream }) => stream.endsWith('/b1')))
  assert.deepEqual((await desk.get<Trace>('correlations/nobody')).events, [])
})

overStores('a search finds what an id, a key or a correlation id stands for', async (t, store) => {
  const { open, desk } = await hotel(t, store, {}, { mailBroken: true, tillJammed: false })
  await book(open, 'b1', 'guest-7')
  await until('its mail is dead', async () => (await open.inspect.deadLetters.counts()).length > 0, 60_000)
  await until('its row is there', async () => (await open.views.bookings.get('b1')) !== undefined, 60_000)
  await until('its saga is there', async () => (await open.inspect.saga('stay/b1')) !== undefined, 60_000)
  const found = async (q: string): Promise<string[]> =>
    (await desk.get<SearchAnswer>(`search?q=${encodeURIComponent(q)}`)).hits.map(
      ({ kind, place }) => `${kind} ${place.page} ${place.parts?.join(' ')}`,
    )
  const hits = await found('b1')
  assert.deepEqual(
    hits.filter((hit) => !hit.startsWith('stream streams Till')),
    [
      'stream streams Booking/b1',
      'saga sagas stay/b1',
      'row views bookings b1',
      'dead letter dead-letters post/subscription:mails b1',
    ],
  )
  assert.deepEqual(await found('guest-7'), ['correlation trace guest-7'])
  assert.deepEqual(await found('stay/b1'), ['saga sagas stay/b1'])
  const [event] = (await desk.get<Page<EventItem>>('events?type=Booked')).items
  assert.deepEqual(await found(event!.id), [`event events ${event!.id}`])
  await open.execute(Book({ bookingId: 'b2', guest: secret, nights: 1, room: '1' }), { idempotencyKey: 'cart-7' })
  const [b2] = (await desk.get<Page<EventItem>>('streams/Booking%2Fb2/events?order=oldest')).items
  assert.deepEqual(await found('cart-7'), [`idempotency key events ${b2!.id}`])
  assert.deepEqual(await found(' nobody '), [])
  for (const q of ['', '%20', 'x'.repeat(501)]) assert.equal((await desk.ask(`search?q=${q}`)).status, 400)
})
