import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fakeClock } from 'eventwright/testing'

const start = Date.parse('2026-01-01T00:00:00.000Z')

test('time stands still until it is moved', async () => {
  const clock = fakeClock()
  assert.equal(clock.now(), start)
  await clock.advance(1_500)
  assert.equal(clock.now(), start + 1_500)
  assert.equal(fakeClock('2030-05-01T12:00:00Z').now(), Date.parse('2030-05-01T12:00:00Z'))
})

test('sleepers wake in the order of their time, equal ones in the order in which they lay down', async () => {
  const clock = fakeClock()
  const woken: string[] = []
  const sleep = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms)
    woken.push(`${name} at ${clock.now() - start}`)
  }
  void sleep('late', 300)
  void sleep('first', 100)
  void sleep('second', 100)
  assert.equal(clock.sleepers, 3)
  await clock.advance(299)
  assert.deepEqual(woken, ['first at 100', 'second at 100'])
  await clock.advance(1)
  assert.deepEqual(woken, ['first at 100', 'second at 100', 'late at 300'])
  assert.equal(clock.sleepers, 0)
})

test('a loop that sleeps again and again runs through the whole span, each round at its own time', async () => {
  const clock = fakeClock()
  const stop = new AbortController()
  const times: number[] = []
  const loop = (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(250, stop.signal)
      times.push(clock.now() - start)
    }
  })()
  await clock.advance(1_000)
  assert.deepEqual(times, [250, 500, 750, 1_000])
  assert.equal(clock.now() - start, 1_000)
  stop.abort()
  await loop
  assert.equal(clock.sleepers, 0)
})

test('an aborted sleeper wakes at once and is forgotten', async () => {
  const clock = fakeClock()
  const abort = new AbortController()
  const asleep = clock.sleep(1_000, abort.signal)
  abort.abort()
  await asleep
  assert.equal(clock.sleepers, 0)
  await clock.sleep(1_000, abort.signal)
  await clock.sleep(0)
  assert.equal(clock.now(), start)
})

test('advanceToNext goes from sleeper to sleeper', async () => {
  const clock = fakeClock()
  void clock.sleep(40)
  void clock.sleep(70)
  assert.equal(await clock.advanceToNext(), true)
  assert.equal(clock.now() - start, 40)
  assert.equal(await clock.advanceToNext(), true)
  assert.equal(clock.now() - start, 70)
  assert.equal(await clock.advanceToNext(), false)
})

test('a start that is no instant and a step backwards are refused', async () => {
  assert.throws(() => fakeClock('yesterday'), { code: 'EW_VALUE' })
  await assert.rejects(fakeClock().advance(-1), { code: 'EW_VALUE' })
  await assert.rejects(fakeClock().advance(Number.NaN), { code: 'EW_VALUE' })
})

test('whatever the sleeps, waking is sorted by time and then by age', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 12 }), async (sleeps) => {
      const clock = fakeClock()
      const woken: number[] = []
      sleeps.forEach((ms, index) => void clock.sleep(ms).then(() => woken.push(index)))
      await clock.advance(20)
      const expected = sleeps.map((ms, index) => ({ ms, index })).sort((a, b) => a.ms - b.ms || a.index - b.index)
      assert.deepEqual(
        woken,
        expected.map(({ index }) => index),
      )
    }),
    { numRuns: 50 },
  )
})
