import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Store } from '../../../src/ports/store.ts'
import { sparingStore } from '../../../src/runtime/loop/sparing-store.ts'
import { append, unit } from '../../../src/testing/contracts/store-case.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { memory } from 'eventwright'
import { gate, until } from '../running.fixture.ts'
import { everyStoreKind, overStores } from '../stores.fixture.ts'

/** The store, telling when events were recorded as a server does, and counting the reads of the log. */
function telling(store: Store, counts: { reads: number }): Store {
  return {
    ...store,
    async commit(units) {
      const outcomes = await store.commit(units)
      const recordedAtMs = await store.now()
      return outcomes.map((outcome) => (outcome.ok ? { ...outcome, recordedAtMs } : outcome))
    },
    log: { ...store.log, readLog: (page) => (counts.reads++, store.log.readLog(page)) },
  }
}

overStores(
  'what this process has committed is as the store has it, and need not be read back where the store tells when',
  async (t, adapter) => {
    const clock = fakeClock()
    const opened = await adapter.open({ clock })
    const counts = { reads: 0 }
    const store = sparingStore(opened.remote ? counting(opened, counts) : telling(opened, counts), clock, 500)
    t.after(() => store.close())
    await store.commit([unit('A/1', 'any', 2), unit('A/9', 7), unit('A/2', 'any', 1)])
    await store.commit([{ appends: [append('S/1', 'any', 1, 1), append('A/1', 'any', 2), append('A/3', 'any', 0)] }])
    const own = await store.log.readLog({ partition: 0, after: 0, limit: 100 })
    assert.equal(counts.reads, 0)
    assert.deepEqual(own, await opened.log.readLog({ partition: 0, after: 0, limit: 100 }))
    assert.deepEqual(
      own.map(({ stream, version, position }) => `${stream}@${version} ${position}`),
      ['A/1@1 1', 'A/1@2 2', 'A/2@1 3', 'A/1@3 4', 'A/1@4 5'],
    )
    assert.equal((await store.log.readLog({ partition: 0, after: 1, limit: 2 })).at(-1)?.position, 3)
    assert.equal(counts.reads, 0)
  },
  everyStoreKind,
)

function counting(store: Store, counts: { reads: number }): Store {
  return { ...store, log: { ...store.log, readLog: (page) => (counts.reads++, store.log.readLog(page)) } }
}

test('nothing is behind own events when they are stored, and what others commit later is found', async (t) => {
  const clock = fakeClock()
  const adapter = memory()
  const counts = { reads: 0 }
  const other = await adapter.open({ clock })
  const store = sparingStore(telling(await adapter.open({ clock }), counts), clock, 500)
  t.after(async () => {
    await store.close()
    await other.close()
  })
  const after = async (position: number): Promise<number> =>
    (await store.log.readLog({ partition: 0, after: position, limit: 10 })).length
  await store.commit([unit('A/1')])
  assert.deepEqual([await after(1), counts.reads], [0, 0])
  await clock.advance(400)
  await store.commit([unit('A/1')])
  await clock.advance(400)
  assert.deepEqual([await after(1), await after(2), counts.reads], [1, 0, 0])
  await clock.advance(100)
  assert.deepEqual([await after(2), counts.reads], [0, 1])
  await other.commit([unit('A/2')])
  await until('the hint has come', async () => (await after(2)) === 1)
  await store.commit([unit('A/1')])
  assert.deepEqual([await after(2), await after(3), await after(4)], [2, 1, 0])
})

test('events that nobody asks for are let go; who begins to read is told the whole, and is spared the next ones', async (t) => {
  const clock = fakeClock()
  const counts = { reads: 0 }
  const store = sparingStore(telling(await memory().open({ clock }), counts), clock, 500)
  t.after(() => store.close())
  const add = (units: number) => store.commit(Array.from({ length: units }, () => unit('A/1', 'any', 1)))
  const read = async (after: number) =>
    (await store.log.readLog({ partition: 0, after, limit: 9_999 })).map(({ position }) => position)
  await add(2_000)
  assert.equal((await read(1_000)).length, 1_000)
  assert.equal(counts.reads, 0)
  await add(2_000)
  await add(1)
  assert.deepEqual(await read(3_999), [4_000, 4_001])
  assert.equal(counts.reads, 1)
  await add(3)
  assert.deepEqual(await read(4_001), [4_002, 4_003, 4_004])
  assert.equal(counts.reads, 1)
  assert.equal((await read(0)).length, 4_004)
})

test('what lies behind a commit is found although it was let go, or begun, before that one was answered', async (t) => {
  const clock = fakeClock()
  const real = telling(await memory().open({ clock }), { reads: 0 })
  const doors: ReturnType<typeof gate>[] = []
  /** Those of streams A are stored at once and answered when their door opens, those of streams Z stored then. */
  const store = sparingStore(
    {
      ...real,
      async commit(units) {
        const { stream } = units[0]!.appends![0]!
        if (stream.startsWith('B')) return real.commit(units)
        const door = gate()
        doors.push(door)
        if (stream.startsWith('Z')) await door.passed
        const outcomes = await real.commit(units)
        if (stream.startsWith('A')) await door.passed
        return outcomes
      },
    },
    clock,
    500,
  )
  t.after(() => store.close())
  const add = (stream: string, count: number) =>
    store.commit(Array.from({ length: count }, () => unit(stream, 'any', 1)))
  const end = async (after: number) =>
    (await store.log.readLog({ partition: 0, after, limit: 9_999 })).at(-1)?.position ?? after
  const held = async (stream: string) => {
    const count = doors.length
    const answered = add(stream, 1)
    await until('it is on its way', () => doors.length === count + 1)
    return async () => {
      doors[count]!.open()
      await answered
    }
  }
  const late = await held('A/1')
  for (let n = 0; n < 9; n++) await add('B/1', 250)
  assert.equal(await end(2_251), 2_251)
  await late()
  assert.equal(await end(1), 2_251)

  for (let n = 0; n < 8; n++) await add('B/1', 250)
  const passedOver = await held('Z/1')
  await add('B/1', 250)
  assert.equal(await end(4_501), 4_501)
  const early = await held('A/2')
  await passedOver()
  await early()
  assert.equal(await end(4_502), 4_503)
})

test('the end of the log is known while a commit is on its way, and what it has stored afterwards', async (t) => {
  const clock = fakeClock()
  const counts = { reads: 0 }
  const told = telling(await memory().open({ clock }), counts)
  const { passed, open } = gate()
  let isHeld = false
  const slow: Store = {
    ...told,
    async commit(units) {
      if (isHeld) await passed
      return told.commit(units)
    },
  }
  const store = sparingStore(slow, clock, 500)
  t.after(() => store.close())
  const after = async (position: number): Promise<number> =>
    (await store.log.readLog({ partition: 0, after: position, limit: 10 })).length
  await store.commit([unit('A/1')])
  isHeld = true
  const committing = store.commit([unit('A/1')])
  assert.deepEqual([await after(1), counts.reads], [0, 0])
  open()
  await committing
  assert.deepEqual([await after(1), await after(2), counts.reads], [1, 0, 0])
})

test('commits that are answered in another order than they were stored leave no gap', async (t) => {
  const clock = fakeClock()
  const counts = { reads: 0 }
  const told = telling(await memory().open({ clock }), counts)
  const held: (() => void)[] = []
  const slow: Store = {
    ...told,
    async commit(units) {
      const outcomes = await told.commit(units)
      await new Promise<void>((resolve) => held.push(resolve))
      return outcomes
    },
  }
  const store = sparingStore(slow, clock, 500)
  t.after(() => store.close())
  const commits = [1, 2, 3].map((n) => store.commit([unit(`A/${n}`)]))
  await until('all of them are stored', async () => held.length === 3)
  for (const answered of [0, 2, 1]) {
    held[answered]!()
    await commits[answered]
  }
  const read = await store.log.readLog({ partition: 0, after: 0, limit: 10 })
  assert.deepEqual(
    read.map(({ position, stream }) => `${position} ${stream}`),
    ['1 A/1', '2 A/2', '3 A/3'],
  )
  assert.equal(counts.reads, 0)
})

test('however commits of several processes mix, each reads the whole log in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(2), fc.nat(3), fc.boolean()), { maxLength: 30 }), async (steps) => {
      const clock = fakeClock()
      const adapter = memory()
      const open = async (): Promise<Store> =>
        sparingStore(telling(await adapter.open({ clock }), { reads: 0 }), clock, 5)
      const stores = [await open(), await open(), await open()]
      const read = stores.map((): number[] => [])
      const catchUp = async (who: number): Promise<void> => {
        const after = read[who]!.at(-1) ?? 0
        const page = await stores[who]!.log.readLog({ partition: 0, after, limit: 2 })
        read[who]!.push(...page.map(({ position }) => position))
      }
      for (const [who, count, reads] of steps) {
        if (reads) await catchUp(who)
        else if (count > 0) await stores[who]!.commit([unit(`A/${count}`, 'any', count)])
      }
      const head = await stores[0]!.log.head(0)
      const all = Array.from({ length: head }, (_, index) => index + 1)
      await clock.advance(5)
      for (const who of [0, 1, 2]) {
        for (let turn = 0; turn <= head; turn++) await catchUp(who)
        assert.deepEqual(read[who], all)
        await stores[who]!.close()
      }
    }),
  )
})
