import { timestampOf } from './clock.ts'
import type { Flavour } from './text.ts'

/** An instant as UTC ISO text with milliseconds: `2026-01-31T09:30:00.000Z`. Sorts as text in the order of time. */
export type Timestamp = Flavour<'timestamp'>

/** A calendar date as text: `2026-01-31`. */
export type DateText = Flavour<'date'>

const instant = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/
const canonical = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/
const date = /^\d{4}-\d\d-\d\d$/

/**
 * The canonical text of an instant that is written with `Z` or an offset and up to nine digits of a second; null when
 * the text is not one, the date does not exist, or the instant lies outside the years 0000 to 9999 of UTC.
 *
 * Digits beyond milliseconds are cut off. A time without `Z` or an offset is refused: it says no instant.
 */
export function parseTimestamp(text: string): Timestamp | null {
  if (canonical.test(text)) return isCalendarDate(text) ? text : null
  const match = instant.exec(text)
  if (match === null || !isCalendarDate(text)) return null
  const [hours, minutes, seconds] = [Number(match[2]), Number(match[3]), Number(match[4])]
  const offset = offsetMinutes(match[6] as string)
  if (hours > 23 || minutes > 59 || seconds > 59 || offset === null) return null
  const milliseconds = Number((match[5] ?? '').slice(0, 3).padEnd(3, '0'))
  const local = Date.parse(`${match[1]}T00:00:00.000Z`) + ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds
  const utc = local - offset * 60_000
  return utc < first || utc > last ? null : timestampOf(utc)
}

const first = Date.parse('0000-01-01T00:00:00.000Z')
const last = Date.parse('9999-12-31T23:59:59.999Z')

/** Milliseconds since 1970 UTC of a canonical timestamp. */
export function timestampMs(timestamp: Timestamp): number {
  return Date.parse(timestamp)
}

/** Whether the text is a date `YYYY-MM-DD` that the Gregorian calendar has, in the years 0000 to 9999. */
export function isDateText(text: string): text is DateText {
  return date.test(text) && isCalendarDate(text)
}

/** Reads the first ten characters, whose form has been checked. */
function isCalendarDate(text: string): boolean {
  const year = Number(text.slice(0, 4))
  const month = Number(text.slice(5, 7))
  const day = Number(text.slice(8, 10))
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(month, year)
}

function daysOf(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function offsetMinutes(text: string): number | null {
  if (text === 'Z') return 0
  const hours = Number(text.slice(1, 3))
  const minutes = Number(text.slice(4, 6))
  if (hours > 23 || minutes > 59) return null
  return (text[0] === '-' ? -1 : 1) * (hours * 60 + minutes)
}
