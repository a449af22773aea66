import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { memory, systemClock } from 'eventwright'
import type { Store } from '../../../src/ports/store.ts'
import { LogEvent } from '../../../src/runtime/log/event.ts'
import { logReader } from '../../../src/runtime/log/reader.ts'
import { gate } from '../running.fixture.ts'
import { appending } from '../units.fixture.ts'

async function logOf(t: TestContext, events: number): Promise<Store> {
  const store = await memory().open({ clock: systemClock })
  t.after(() => store.close())
  await store.commit([appending('Work/1', 'any', events)])
  return store
}

const positions = (events: readonly LogEvent[]): number[] => events.map((event) => event.position)
const wrap = (page: readonly any[]): LogEvent[] => page.map((stored) => new LogEvent(stored, undefined))

test('a page that another consumer has overtaken is not put behind the wrong events', async (t) => {
  const store = await logOf(t, 10)
  const door = gate()
  let slow = false
  const reader = logReader(
    {
      ...store.log,
      async readLog(page) {
        const events = await store.log.readLog(page)
        if (slow && page.after === 10) await door.passed
        return events
      },
    },
    wrap,
  )
  await reader.after(0, 100)
  slow = true
  await store.commit([appending('Work/1', 'any', 5)])
  const behind = reader.after(10, 100)
  await store.commit([appending('Work/1', 'any', 5)])
  // This one begins ahead of the window, as a consumer does that takes over at the head.
  assert.deepEqual(positions(await reader.after(15, 100)), [16, 17, 18, 19, 20])
  door.open()
  assert.deepEqual(positions(await behind).slice(0, 5), [11, 12, 13, 14, 15])
  assert.deepEqual(positions(await reader.after(12, 4)), [13, 14, 15, 16])
  assert.deepEqual(positions(await reader.after(17, 100)), [18, 19, 20])
})

test('whoever was woken by a commit sees it, although an older read is still under way', async (t) => {
  const store = await logOf(t, 3)
  const door = gate()
  let reads = 0
  const reader = logReader(
    {
      ...store.log,
      async readLog(page) {
        const events = await store.log.readLog(page)
        if (++reads === 2) await door.passed
        return events
      },
    },
    wrap,
  )
  await reader.after(0, 100)
  const early = reader.after(3, 100)
  await store.commit([appending('Work/1')])
  const late = reader.after(3, 100)
  door.open()
  assert.deepEqual(positions(await late), [4])
  await early
})

test('a page that somebody works on stays as it was when others read on', async (t) => {
  const store = await logOf(t, 3)
  const reader = logReader(store.log, wrap)
  const page = await reader.after(0, 100)
  await store.commit([appending('Work/1', 'any', 2)])
  assert.deepEqual(positions(await reader.after(3, 100)), [4, 5])
  assert.deepEqual(positions(page), [1, 2, 3])
})

test('what has left the window is read again, and what is in it is not', async (t) => {
  const store = await logOf(t, 5_500)
  let reads = 0
  const reader = logReader({ ...store.log, readLog: (page) => (reads++, store.log.readLog(page)) }, wrap)
  let last = 0
  for (let page = await reader.after(0, 1_000); page.length > 0; page = await reader.after(last, 1_000))
    last = page.at(-1)!.position
  assert.equal(last, 5_500)
  reads = 0
  assert.deepEqual(positions(await reader.after(4_900, 2)), [4_901, 4_902])
  assert.equal(reads, 0)
  assert.deepEqual(positions(await reader.after(10, 2)), [11, 12])
  assert.equal(reads, 1)
})

test('consumers of any pace and page size read every event once and in order while events are appended', async () => {
  const consumer = fc.record({
    start: fc.nat({ max: 60 }),
    limit: fc.integer({ min: 1, max: 40 }),
    idle: fc.nat({ max: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(consumer, { minLength: 2, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 6 }),
      async (consumers, appends) => {
        const store = await memory().open({ clock: systemClock })
        await store.commit([appending('Work/1', 'any', 60)])
        const delayed = {
          ...store.log,
          readLog: async (page: any) => {
            const events = await store.log.readLog(page)
            for (let i = 0; i < page.after % 3; i++) await new Promise((resolve) => setImmediate(resolve))
            return events
          },
        }
        const reader = logReader(delayed, wrap)
        const end = 60 + appends.reduce((sum, each) => sum + each, 0)
        const reading = consumers.map(async ({ start, limit, idle }) => {
          const read: number[] = []
          for (let at = start; at < end;) {
            const page = positions(await reader.after(at, limit))
            // At the head a consumer waits to be woken; here it looks again on its next turn.
            assert.ok(page.length <= limit)
            read.push(...page)
            at = page.at(-1) ?? at
            for (let i = 0; i <= idle; i++) await new Promise((resolve) => setImmediate(resolve))
          }
          assert.deepEqual(
            read,
            Array.from({ length: end - start }, (_, i) => start + 1 + i),
          )
        })
        for (const events of appends) {
          await new Promise((resolve) => setImmediate(resolve))
          await store.commit([appending('Work/1', 'any', events)])
        }
        await Promise.all(reading)
        await store.close()
      },
    ),
    { numRuns: 60 },
  )
})
