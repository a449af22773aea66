import assert from 'node:assert/strict'
import type { Store } from '../../../src/ports/store.ts'
import { logReader } from '../../../src/runtime/log/reader.ts'
import { LogEvent } from '../../../src/runtime/log/event.ts'
import { sparingStore } from '../../../src/runtime/loop/sparing-store.ts'
import { hearDeletions } from '../../../src/runtime/streams/heard-deletions.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { listening, until } from '../running.fixture.ts'
import { everyStoreKind, overLocalStores, overStores } from '../stores.fixture.ts'
import { ann, fill, opened } from './streams.fixture.ts'

overLocalStores('whoever listens hears of each deletion, and of its end, and of nothing before', async (t, adapter) => {
  const store = await opened(t, adapter)
  for (const id of ['a', 'b', 'c']) await fill(store, `Order/${id}`, 1)
  await store.orders.delete('Order/a', ann)
  const [clock, stop, heard] = [fakeClock(), new AbortController(), [] as string[]]
  let isBroken = false
  const log = listening()
  const reading = {
    ...store.log,
    version: (stream: string) => (isBroken ? Promise.reject(new Error('away')) : store.log.version(stream)),
  }
  const deleted = (streams: readonly string[]): void => void heard.push(...streams)
  await hearDeletions({ store: { log: reading }, clock, log, everyMs: 1_000, stop: stop.signal, deleted })
  await clock.advance(1_000)
  assert.deepEqual(heard, [])
  await store.orders.archive('Order/b', ann)
  await store.orders.delete('Order/b', ann)
  isBroken = true
  await clock.advance(1_000)
  assert.deepEqual([heard, log.said], [[], ['warn: nobody can tell which streams were deleted']])
  isBroken = false
  await until('it is heard', async () => {
    await clock.advance(1_000)
    return heard.length > 0
  })
  assert.deepEqual(heard, ['Order/b'])
  stop.abort()
  await store.orders.delete('Order/c', ann)
  await clock.advance(5_000)
  assert.deepEqual(heard, ['Order/b'])
})

overStores(
  'what a process has read or written itself is not read from its memory once it has forgotten',
  async (t, adapter) => {
    const store = await opened(t, adapter)
    const clock = fakeClock()
    const sparing = sparingStore(store, clock, 60_000)
    const page = async (each: Pick<Store, 'log'>): Promise<readonly boolean[]> =>
      (await each.log.readLog({ partition: 0, after: 0, limit: 9 })).map(({ deleted }) => deleted)
    const reader = logReader(sparing.log, (stored) => stored.map((each) => new LogEvent(each, undefined)))
    await fill(sparing, 'Order/a', 2)
    await fill(sparing, 'Order/b', 1)
    const window = async (): Promise<readonly boolean[]> => (await reader.after(0, 9)).map(({ deleted }) => deleted)
    assert.deepEqual(await window(), [false, false, false])
    await store.orders.delete('Order/a', ann)
    assert.deepEqual(await window(), [false, false, false])
    sparing.forgetEvents()
    reader.forget()
    assert.deepEqual(await window(), [true, true, false])
    assert.deepEqual(await page(sparing), [true, true, false])
    assert.deepEqual(await reader.after(2, 9).then((events) => events.map(({ position }) => position)), [3])
    assert.deepEqual(await reader.after(3, 9), [])
    await fill(sparing, 'Order/b', 1)
    assert.deepEqual(await reader.after(3, 9).then((events) => events.map(({ position }) => position)), [4])
  },
  everyStoreKind,
)

overLocalStores('a page that is being read while something is forgotten is not remembered', async (t, adapter) => {
  const store = await opened(t, adapter)
  await fill(store, 'Order/a', 2)
  let meanwhile: () => Promise<void> = async () => undefined
  const reading = {
    ...store.log,
    async readLog(page: Parameters<Store['log']['readLog']>[0]) {
      const events = await store.log.readLog(page)
      await meanwhile()
      return events
    },
  }
  const reader = logReader(reading, (stored) => stored.map((each) => new LogEvent(each, undefined)))
  meanwhile = async () => {
    meanwhile = async () => undefined
    await store.orders.delete('Order/a', ann)
    reader.forget()
  }
  assert.deepEqual(
    (await reader.after(0, 9)).map(({ deleted }) => deleted),
    [false, false],
  )
  assert.deepEqual(
    (await reader.after(0, 9)).map(({ deleted }) => deleted),
    [true, true],
  )
})
