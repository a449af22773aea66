import { parseDuration } from '../../base/duration.ts'
import { failure, type EventwrightError } from '../../base/errors.ts'
import { describeValue } from '../../base/json-value.ts'

/** A mistake in a declaration. */
export function designFailure(message: string): EventwrightError {
  return failure('EW_DESIGN', message)
}

/** Milliseconds of a declared duration above zero. Error: EW_DESIGN. */
export function spanMs(value: unknown, what: string): number {
  const ms = typeof value === 'string' ? parseDuration(value) : null
  if (ms !== null && ms > 0) return ms
  throw designFailure(`${what} is ${describeValue(value)}; write a duration above zero such as '250ms', '5s', '1h'.`)
}

/** A declared number of at least 1, whole where `whole` says so. Error: EW_DESIGN. */
export function atLeastOne(value: unknown, what: string, whole: boolean): number {
  const valid = typeof value === 'number' && value >= 1 && (whole ? Number.isSafeInteger(value) : value <= 100)
  if (valid) return value
  const expected = whole ? 'a whole number of at least 1' : 'a number from 1 to 100'
  throw designFailure(`${what} is ${describeValue(value)}; use ${expected}.`)
}
