import type { DateText, Timestamp } from 'eventwright'

const hourMs = 3_600_000

/**
 * The instant at which a clock in London shows this; undefined if there is no such date. Of the hour that clocks show
 * twice in autumn the first is meant; in the hour that they skip in spring, winter time goes on. `month` is 1 to 12.
 */
export function londonInstant(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
): Timestamp | undefined {
  const shown = new Date(Date.UTC(year, month - 1, day, hour, minute))
  const exists = shown.getUTCMonth() === month - 1 && shown.getUTCDate() === day && hour < 24 && minute < 60
  if (!exists) return undefined
  const winter = shown.getTime()
  return new Date(isSummerTime(winter - hourMs) ? winter - hourMs : winter).toISOString()
}

/** The date that a calendar in London shows at an instant. */
export function londonDay(instant: Timestamp): DateText {
  const ms = Date.parse(instant)
  return new Date(isSummerTime(ms) ? ms + hourMs : ms).toISOString().slice(0, 10)
}

/** British summer time runs from the last Sunday of March to the last Sunday of October, each at 1:00 UTC. */
function isSummerTime(ms: number): boolean {
  const year = new Date(ms).getUTCFullYear()
  return ms >= lastSunday(year, 3) + hourMs && ms < lastSunday(year, 10) + hourMs
}

function lastSunday(year: number, month: number): number {
  const lastDay = new Date(Date.UTC(year, month, 0))
  return Date.UTC(year, month - 1, lastDay.getUTCDate() - lastDay.getUTCDay())
}
