import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { memory } from 'eventwright'
import { test } from 'node:test'
import { until } from '../runtime/running.fixture.ts'
import { overStores } from '../runtime/stores.fixture.ts'
import { Booking, book, Confirmed, hotel, type Desk, type Hotel } from './console.fixture.ts'

interface Told {
  readonly id: string | undefined
  readonly event: string
  readonly data: { readonly stream: string; readonly type: string; readonly events: number; readonly position: number }
}

/** What a stream of server-sent events has told so far; it goes on reading. */
function listen(t: TestContext, response: Response): Told[] {
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  const told: Told[] = []
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  t.after(() => reader.cancel())
  void (async () => {
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = (rest + value).split('\n\n')
      rest = blocks.pop()!
      for (const block of blocks) {
        const fields = new Map(
          block.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
        )
        const event = fields.get('event')
        if (event !== undefined)
          told.push({ id: fields.get('id'), event, data: JSON.parse(fields.get('data')!) as Told['data'] })
      }
    }
  })().catch(() => undefined)
  return told
}

const streams = (told: readonly Told[]): string[] => told.map(({ data }) => data.stream)

async function confirm(open: Hotel, id: string, times: number): Promise<void> {
  await open.append(
    Booking,
    id,
    Array.from({ length: times }, () => Confirmed({ bookingId: id })),
  )
}

overStores('events are told as they come, by type, stream, category and correlation id', async (t, store) => {
  const { open, desk } = await hotel(t, store)
  const live = async (query: string): Promise<Told[]> => listen(t, await desk.ask(`live${query}`))
  const [all, confirmed, one, category, correlated, nothing] = await Promise.all(
    ['', '?type=Confirmed', '?stream=Booking/b2', '?stream=Booking', '?correlation=c-1', '?type=Gone'].map(live),
  )
  await book(open, 'b1', 'c-1')
  await book(open, 'b2')
  await confirm(open, 'b2', 2)
  const isTold = (told: readonly Told[], id: string): boolean =>
    told.some(({ data }) => data.stream === `Booking/${id}`)
  await confirm(open, 'end', 1)
  await until(
    'all are told',
    () => isTold(all!, 'end') && isTold(confirmed!, 'end') && isTold(category!, 'end'),
    60_000,
  )
  assert.deepEqual(new Set(streams(confirmed!.filter(({ data }) => data.type !== 'Confirmed'))).size, 0)
  assert.ok(one!.length >= 3 && one!.every(({ data }) => data.stream === 'Booking/b2'))
  assert.deepEqual(new Set(streams(category!)), new Set(['Booking/b1', 'Booking/b2', 'Booking/end']))
  assert.ok(correlated!.some(({ data }) => data.stream === 'Booking/b1'))
  assert.equal(isTold(correlated!, 'b2'), false)
  assert.deepEqual(nothing, [])
  assert.ok(all!.every(({ id, data }) => id === String(data.position)))
})

overStores('whoever comes back goes on behind the last event that he saw', async (t, store) => {
  const { open, desk } = await hotel(t, store)
  await confirm(open, 'b1', 5)
  const told = listen(t, await desk.ask('live', { 'last-event-id': '2' }))
  await until('the rest is told', () => told.length === 3, 60_000)
  assert.deepEqual(
    told.map(({ id }) => id),
    ['3', '4', '5'],
  )
  await confirm(open, 'b1', 3_000)
  await until('the first is at the end', () => told.at(-1)?.id === '3005', 60_000)
  const late = listen(t, await desk.ask('live', { 'last-event-id': '2' }))
  await until('the newest are told', () => late.at(-1)?.id === '3005', 60_000)
  assert.deepEqual([late[0]?.event, late[0]?.data.events], ['missed', 1_003])
  assert.equal(late.length, 2_001)
})

overStores(
  'events of sagas are told to whoever wants them, and whoever comes back misses none of either',
  async (t, store) => {
    const { open, desk } = await hotel(t, store)
    const [designs, engines, both] = await Promise.all(
      ['', '?partition=1', '?partition=both'].map(async (query) => listen(t, await desk.ask(`live${query}`))),
    )
    await book(open, 'b1')
    const isOver = (told: readonly Told[]): boolean => told.some(({ data }) => data.type === 'ew.SagaCompleted')
    const isConfirmed = (told: readonly Told[]): boolean => told.some(({ data }) => data.type === 'Confirmed')
    await until(
      'all are told',
      () => isOver(engines!) && isOver(both!) && isConfirmed(designs!) && isConfirmed(both!),
      60_000,
    )
    const ofEngine = ({ data }: Told): boolean => data.type.startsWith('ew.')
    assert.deepEqual([designs!.filter(ofEngine).length, engines!.every(ofEngine)], [0, true])
    assert.equal(both!.length, designs!.length + engines!.length)

    // Whatever he saw last, he is told the rest of both, each once.
    for (const at of [0, Math.floor(both!.length / 2), both!.length - 2]) {
      const again = listen(t, await desk.ask('live?partition=both', { 'last-event-id': both![at]!.id! }))
      const missing = both!.length - 1 - at
      await until('the rest is told', () => again.length >= missing, 60_000)
      const names = (told: readonly Told[]): string[] => told.map(({ data }) => `${data.type} ${data.position}`).sort()
      assert.deepEqual(names(again), names(both!.slice(at + 1)))
    }
  },
)

test('who does not read misses events, is told how many, and nothing piles up behind him', async (t) => {
  const { open, desk } = await hotel(t, memory(), { live: { waitingBytes: 2_000, frameMs: 1 } })
  const slow = await desk.ask('live?stream=Booking/b1')
  const quick = listen(t, await desk.ask('live?stream=Booking/b1'))
  for (let n = 0; n < 20; n++) {
    await confirm(open, 'b1', 10)
    await until('the quick one has them', () => quick.length >= 10 * (n + 1), 60_000)
  }
  const told = listen(t, slow)
  await until('he has read what waited', () => told.length > 0, 60_000)
  assert.ok(told.length < 40, `${told.length} events waited`)
  const before = told.length
  await confirm(open, 'b1', 1)
  await until('he is told of what he missed', () => told.at(-1)?.id === '201', 60_000)
  const missed = told.filter(({ event }) => event === 'missed')
  assert.equal(missed.length, 1)
  assert.equal(before + missed[0]!.data.events + 1, 201)
  assert.equal(
    quick.some(({ event }) => event === 'missed'),
    false,
  )
})

test('so many may watch and no more; who leaves makes room, and a console that closes ends the streams', async (t) => {
  const { desk } = await hotel(t, memory(), { live: { clients: 2 } })
  const first = await desk.ask('live')
  const told = listen(t, await desk.ask('live'))
  assert.equal((await desk.ask('live')).status, 429)
  await first.body!.cancel()
  const third = await desk.ask('live')
  assert.equal(third.status, 200)
  await desk.handler.close()
  await until('they are told of the end', () => told.at(-1)?.event === 'end', 60_000)
  await third.body!.cancel()
})

test('nothing is read while nobody watches', async (t) => {
  const { open, desk } = await hotel(t, memory())
  const response = await desk.ask('live')
  await response.body!.cancel()
  await confirm(open, 'b1', 1)
  const told = listen(t, await (desk as Desk).ask('live'))
  await confirm(open, 'b2', 1)
  await until('the new one is told', () => told.length > 0, 60_000)
  assert.equal(
    told.some(({ data }) => data.stream === 'Booking/b1'),
    false,
  )
})
