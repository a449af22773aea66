import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Expected, Unit } from '../../../src/ports/unit-of-work.ts'
import { Touched } from '../../../src/runtime/saga-runner/touched.ts'
import { appending } from '../units.fixture.ts'

const row = (key: string): Unit => ({ rows: [{ table: 'T', key, row: {}, applied: 1 }] })
const both = (...units: readonly Unit[]): Unit => ({
  appends: units.flatMap(({ appends = [] }) => appends),
  rows: units.flatMap(({ rows = [] }) => rows),
})

test('units meet in a row, or in a stream that one of them has at an exact version', () => {
  const meets = (expected: Expected): boolean => {
    const touched = new Touched()
    assert.ok(touched.take(appending('A/1', 3)))
    return !touched.take(appending('A/1', expected))
  }
  assert.deepEqual(
    (['any', 'noStream', 'streamExists', 4] as const).map((expected) => meets(expected)),
    [false, true, true, true],
  )
  const touched = new Touched()
  assert.ok(touched.take(both(row('1'), appending('A/1'))))
  assert.equal(touched.take(row('1')), false)
  assert.ok(touched.take(row('2')))
  assert.ok(touched.take(appending('A/1')))
})

test('nothing is noted of a unit that meets another', () => {
  const touched = new Touched()
  assert.ok(touched.take(row('1')))
  assert.equal(touched.take(both(row('1'), row('2'), appending('A/1', 0))), false)
  assert.ok(touched.take(both(row('2'), appending('A/1', 0))))
})
