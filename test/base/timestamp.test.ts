import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isDateText, parseTimestamp, timestampMs } from '../../src/base/timestamp.ts'

const years0to9999 = {
  min: new Date('0000-01-01T00:00:00.000Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
}

test('every instant of the years 0000 to 9999 is its own canonical text', () => {
  fc.assert(
    fc.property(fc.date(years0to9999), (instant) => {
      assert.equal(parseTimestamp(instant.toISOString()), instant.toISOString())
      assert.equal(timestampMs(instant.toISOString()), instant.getTime())
    }),
  )
})

test('an offset becomes UTC and digits after milliseconds are cut off', () => {
  const minutes = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 })
  const digits = fc.stringMatching(/^\d{0,6}$/)
  const inner = { ...years0to9999, min: new Date('0001-01-01'), max: new Date('9999-01-01') }
  fc.assert(
    fc.property(fc.date(inner), minutes, digits, (instant, offset, more) => {
      const local = new Date(instant.getTime() + offset * 60_000).toISOString().slice(0, -1)
      const size = Math.abs(offset)
      const two = (part: number): string => String(part).padStart(2, '0')
      const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
      assert.equal(parseTimestamp(local + more + zone), instant.toISOString())
    }),
  )
})

test('dates are those of the Gregorian calendar, as the engine knows it', () => {
  const part = (max: number, width: number): fc.Arbitrary<string> =>
    fc.nat(max).map((n) => String(n).padStart(width, '0'))
  fc.assert(
    fc.property(part(9999, 4), part(13, 2), part(32, 2), (year, month, day) => {
      const text = `${year}-${month}-${day}`
      const ms = Date.parse(`${text}T00:00:00.000Z`)
      const exists = Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text)
      assert.equal(isDateText(text), exists, text)
      assert.equal(parseTimestamp(`${text}T12:00:00Z`) !== null, exists, text)
    }),
    { numRuns: 1000 },
  )
})
