import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signal } from '../../../src/base/signal.ts'
import type { SagaRow, SagaTable } from '../../../src/ports/sagas.ts'
import { DueTimes } from '../../../src/runtime/saga-runner/due-times.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'

function given(dueAtMs: readonly number[]) {
  const rows = dueAtMs.map((due, index) => ({ id: `x/${index}`, dueAtMs: due }) as SagaRow)
  let reads = 0
  const table = {
    due: async (_saga: string, nowMs: number, limit: number) => {
      reads++
      return rows.filter((row) => row.dueAtMs! <= nowMs).slice(0, limit)
    },
  } as Pick<SagaTable, 'due'> as SagaTable
  const clock = fakeClock('1970-01-01T00:00:00.000Z')
  const wake = signal()
  const stop = new AbortController()
  const due = new DueTimes(table, 'x', clock, wake)
  due.until(stop.signal)
  const idsAt = async (nowMs: number, apart: readonly string[] = []) =>
    (await due.rows(nowMs, () => new Set(apart))).map(({ id }) => id)
  return { due, clock, wake, stop, idsAt, reads: () => reads }
}

test('the table is asked only when the time of an instance may have come', async () => {
  const { due, idsAt, reads } = given([5, 10])
  assert.deepEqual(await idsAt(1), [])
  assert.deepEqual(await idsAt(4), [])
  assert.equal(reads(), 1)
  assert.deepEqual(await idsAt(5), ['x/0'])
  assert.deepEqual(await idsAt(6), [])
  due.note(8)
  assert.deepEqual(await idsAt(7), [])
  assert.equal(reads(), 2)
  await idsAt(8)
  assert.equal(reads(), 3)
})

test('however many stand apart, they hide nobody', async () => {
  const { idsAt } = given(Array.from({ length: 1_000 }, (_, number) => number))
  const apart = Array.from({ length: 600 }, (_, number) => `x/${number}`)
  assert.equal((await idsAt(2_000, apart))[0], 'x/600')
})

test('more than a page is due in several rounds', async () => {
  const { idsAt } = given(Array.from({ length: 300 }, () => 1))
  assert.equal((await idsAt(1)).length, 256)
  // They were moved meanwhile, in truth.
  assert.equal((await idsAt(1)).length, 256)
})

test('the runner is woken when the next one is due, and no more once it has stopped', async () => {
  const { due, clock, wake, stop, idsAt } = given([50])
  await idsAt(0)
  due.arm(0)
  await clock.advance(49)
  assert.equal(wake.seen(), 0)
  await clock.advance(1)
  assert.equal(wake.seen(), 1)
  due.arm(50)
  stop.abort()
  await clock.advance(10)
  assert.equal(clock.sleepers, 0)
})
