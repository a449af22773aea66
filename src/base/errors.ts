import { errorTable, type ErrorEntry } from './error-table.ts'

/** A stable error code. */
export type ErrorCode = keyof typeof errorTable

const brand = Symbol.for('eventwright.error')

/**
 * The one error class that Eventwright throws, apart from `Refused`. Recognise it with `isEventwrightError`, not by the
 * text of its message.
 */
export class EventwrightError extends Error {
  override readonly name: string = 'EventwrightError'
  /** Stable; see docs/reference/errors.md. */
  readonly code: ErrorCode
  /** True when the same call may succeed later without change. */
  readonly retryable: boolean
  /** Plain data about where it happened: names, versions, paths. Never secrets. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.retryable = errorTable[code].retryable
    this.details = details
    Object.defineProperty(this, brand, { value: true })
  }
}

/** Makes the error of `code`: `message` says what happened and where; the table's remedy, what to do, is appended. */
export function failure(
  code: ErrorCode,
  message: string,
  more: { readonly details?: Readonly<Record<string, unknown>>; readonly cause?: unknown } = {},
): EventwrightError {
  const entry: ErrorEntry = errorTable[code]
  return new EventwrightError(code, `${code}: ${message} ${entry.remedy}`, more.details, more.cause)
}

/** True for errors of any copy of Eventwright in the process, optionally of one code. */
export function isEventwrightError(error: unknown, code?: ErrorCode): error is EventwrightError {
  if (typeof error !== 'object' || error === null || !(brand in error)) return false
  return code === undefined || ('code' in error && error.code === code)
}
