import assert from 'node:assert/strict'
import type { Store } from '../../../src/ports/store.ts'
import { patienceMs } from '../../fixtures/patience.ts'
import { overMeetings } from '../meetings.fixture.ts'
import { brokenOff, Close, Count, isEqual, replayed, shown, shownIfBuilt, Stock, stockView } from '../refeed.fixture.ts'
import type { Counting } from '../refeed.fixture.ts'
import { until, type RunningOf } from '../running.fixture.ts'

const keys = Array.from({ length: 20 }, (_, n) => `i${n}`)

/** Counts of every item, and an item that is closed and counted again. */
async function counted(owner: RunningOf<Counting>, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) await owner.execute(Count({ itemId: `i${n % 20}`, by: n }))
  await owner.execute(Close({ itemId: 'i3' }))
}

/** Waits until the channel has everything, so that it can all be forgotten. */
async function relayed(owner: RunningOf<Counting>): Promise<void> {
  await until('all is relayed', () => owner.caughtUp({ timeoutMs: patienceMs }))
}

/** The derived channel of a generation. */
async function refeedOf(store: Store, generation: number): Promise<string | null> {
  const entry = await store.inbox.get('shown', `view:stock#${generation}`, 'beginning')
  return (JSON.parse(entry!.outcome) as { refeed: string | null }).refeed
}

async function assertGone(store: Store, refeed: string | null): Promise<void> {
  assert.ok(refeed)
  await until(
    'the derived channel is gone',
    () =>
      store.broker!.bounds(refeed).then(
        () => false,
        (error) => error.code === 'EW_CHANNEL_UNKNOWN',
      ),
    patienceMs,
  )
}

overMeetings(
  'a view of events of another service has each of them once, and waits for a receipt',
  async (_t, meeting) => {
    const owner = await meeting.open(Stock, 'counter')
    await counted(owner, 0, 60)
    const reader = await meeting.open(Stock, 'shown')
    await counted(owner, 60, 120)
    const { receipt } = await owner.execute(Count({ itemId: 'i7', by: 1_000 }))
    await until('it is built', async () => (await shownIfBuilt(reader, ['i7'])) !== undefined)
    const row = await reader.views.stock.get('i7', { after: receipt, timeout: '60s' })
    assert.ok(row?.course.endsWith(',1000'), row?.course)
    await until('it is as a replay', () => isEqual(reader, owner, keys))
    assert.deepEqual(
      (await reader.views.stock.page({ orderBy: 'sum', descending: true, limit: 1 })).rows.map(({ sum }) => sum),
      [Math.max(...Object.values(await replayed(owner)).map((each) => (each as { sum: number }).sum))],
    )
  },
)

overMeetings(
  'a view whose channel has forgotten its first messages is a replay of the log of their owner',
  async (_t, meeting) => {
    const owner = await meeting.open(Stock, 'counter')
    await counted(owner, 0, 300)
    await relayed(owner)
    await meeting.expire('stock')
    let ending = false
    // Others go on writing while everything is sent again.
    const writing = (async () => {
      for (let n = 300; !ending; n++) await owner.execute(Count({ itemId: `i${n % 20}`, by: n }))
    })()
    const reader = await meeting.open(Stock, 'shown')
    ending = true
    await writing
    await counted(owner, 1_000, 1_050)
    await until('it is as a replay', () => isEqual(reader, owner, keys))
    const store = await meeting.look('shown')
    await assertGone(store, await refeedOf(store, 1))
    assert.deepEqual(
      (await reader.inspect.consumers()).filter(({ name }) => name.includes('refeed:') || name.endsWith('@refeed')),
      [],
    )
    assert.deepEqual(await reader.inspect.deadLetters.list({ limit: 9 }), [])
  },
)

overMeetings(
  'while the owner is away the version before stays in use and the new one waits for him, however often it starts',
  async (t, meeting) => {
    const owner = await meeting.open(Stock, 'counter')
    await counted(owner, 0, 100)
    const before = await meeting.open(Stock, 'shown')
    await until('the first version is there', () => isEqual(before, owner, keys))
    const expected = await replayed(owner)
    await relayed(owner)
    await owner.stop()
    await meeting.expire('stock')
    const doubled = stockView(2, (by) => 2 * by)
    const end = new AbortController()
    t.after(() => end.abort())
    const waiting = meeting.open(doubled, 'shown', { signal: end.signal })
    const store = await meeting.look('shown')
    const states = async (): Promise<readonly string[]> =>
      (await before.inspect.views()).map(({ version, state, waitsFor = '' }) =>
        `${version} ${state} ${waitsFor}`.trim(),
      )
    const isWaiting = async (): Promise<boolean> => (await states())[1] === '2 building refeed'
    await until('the second one waits', isWaiting)
    const statuses = async (): Promise<readonly string[]> =>
      (await before.inspect.consumers())
        .filter(({ name }) => name.startsWith('view:stock#2'))
        .map(({ status }) => status)
    await until(
      'both of its consumers say so',
      async () => `${await statuses()}` === 'waiting for refeed,waiting for refeed',
    )
    end.abort(new Error('it is started again'))
    await brokenOff(waiting, /started again/)
    assert.deepEqual(await shown(before, keys), expected)
    const next = meeting.open(doubled, 'shown')
    const back = await meeting.open(Stock, 'counter')
    const after = await next
    await counted(back, 100, 150)
    const twice = async (): Promise<boolean> => {
      const rows = Object.entries((await shownIfBuilt(after, keys)) ?? {})
      const wanted = (await replayed(back)) as Record<string, { sum: number; events: number }>
      return (
        rows.length === Object.keys(wanted).length &&
        rows.every(([key, row]) => row!.sum === 2 * wanted[key]!.sum && row!.events === wanted[key]!.events)
      )
    }
    await until('the second version is there', twice)
    await until('the first one goes on beside it', () => isEqual(before, back, keys))
    assert.deepEqual(await states(), ['1 retired', '2 active'])
    await assertGone(store, await refeedOf(store, 2))
  },
)

overMeetings(
  'an event that fails parks its key while all are sent again, what comes later waits, and a replay keeps the order',
  async (_t, meeting) => {
    const owner = await meeting.open(Stock, 'counter')
    await counted(owner, 0, 100)
    await relayed(owner)
    await meeting.expire('stock')
    let broken = true
    const picky = stockView(1, (by) => {
      if (broken && by === 45) throw new TypeError('no such count')
      return by
    })
    const reader = await meeting.open(picky, 'shown')
    await until('its row is stale', async () => (await shownIfBuilt(reader, ['i5']))?.['i5']?.stale === true)
    for (const by of [1_000, 2_000]) await owner.execute(Count({ itemId: 'i5', by }))
    const behind = async () => (await reader.inspect.deadLetters.list({ limit: 9 })).map((each) => each.behind).join()
    await until('what is behind it waits', async () => (await behind()) === '4')
    assert.equal((await reader.views.stock.get('i5'))?.course, ',5,25')
    broken = false
    await reader.operate.deadLetters.replay('view:stock#1', 'i5')
    await until('it is as a replay', () => isEqual(reader, owner, keys))
  },
)
