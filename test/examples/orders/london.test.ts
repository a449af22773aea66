import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { londonDay, londonInstant } from '../../../examples/orders/shop/london.ts'

const clock = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
})

function shown(instant: string): { day: string; parts: [number, number, number, number, number] } {
  const parts = Object.fromEntries(clock.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]))
  const { year, month, day, hour, minute } = parts as Record<string, string>
  return {
    day: `${year}-${month}-${day}`,
    parts: [Number(year), Number(month), Number(day), Number(hour), Number(minute)],
  }
}

const instants = fc
  .integer({ min: Date.UTC(1997, 0, 1) / 60_000, max: Date.UTC(2037, 11, 31) / 60_000 })
  .map((minutes) => new Date(minutes * 60_000).toISOString())

test('the day and the time of day in London are those of the tz database', () => {
  fc.assert(
    fc.property(instants, (instant) => {
      const { day, parts } = shown(instant)
      assert.equal(londonDay(instant), day)
      const again = londonInstant(...parts)
      // In the hour that clocks show twice the first of both is answered.
      const isSame = again === instant || Date.parse(instant) - Date.parse(again ?? '') === 3_600_000
      assert.ok(isSame, `${instant} became ${again}`)
      assert.deepEqual(shown(again ?? '').parts, parts)
    }),
    { numRuns: 2_000 },
  )
})

test('the hours around both changes of the clock', () => {
  assert.equal(londonInstant(2011, 3, 27, 0, 59), '2011-03-27T00:59:00.000Z')
  assert.equal(londonInstant(2011, 3, 27, 1, 30), '2011-03-27T01:30:00.000Z')
  assert.equal(londonInstant(2011, 3, 27, 2, 0), '2011-03-27T01:00:00.000Z')
  assert.equal(londonInstant(2011, 10, 30, 0, 59), '2011-10-29T23:59:00.000Z')
  assert.equal(londonInstant(2011, 10, 30, 1, 30), '2011-10-30T00:30:00.000Z')
  assert.equal(londonInstant(2011, 10, 30, 2, 0), '2011-10-30T02:00:00.000Z')
})

test('dates and times that no calendar and no clock show are none', () => {
  assert.deepEqual(
    [
      londonInstant(2011, 2, 29, 1, 0),
      londonInstant(2011, 13, 1, 1, 0),
      londonInstant(2011, 1, 0, 1, 0),
      londonInstant(2011, 1, 1, 24, 0),
      londonInstant(2011, 1, 1, 1, 60),
    ],
    [undefined, undefined, undefined, undefined, undefined],
  )
})
