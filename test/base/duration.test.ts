import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { durationMs, formatDuration, parseDuration, type Duration } from '../../src/base/duration.ts'

test('every unit counts its milliseconds', () => {
  const known: readonly [text: Duration, ms: number][] = [
    ['250ms', 250],
    ['5s', 5_000],
    ['1m', 60_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['1.5s', 1_500],
    ['0s', 0],
  ]
  for (const [text, ms] of known) assert.equal(durationMs(text), ms)
})

test('a formatted duration reads back as the same milliseconds and formatting it again changes nothing', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (ms) => {
      const text = formatDuration(ms)
      assert.equal(durationMs(text), ms)
      assert.equal(formatDuration(durationMs(text)), text)
    }),
  )
})

test('what is no duration is refused with examples', () => {
  for (const text of ['5', '5 s', '-5s', '1e3ms', 'Infinityms', '0.5ms', '99999999999999999d', '1w', '']) {
    assert.equal(parseDuration(text), null, text)
    assert.throws(() => durationMs(text as Duration), { code: 'EW_VALUE', message: /expected for example '250ms'/ })
  }
})
