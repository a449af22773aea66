import { EventwrightError, failure, type ErrorCode } from '../../base/errors.ts'

/** SQLite's primary result codes, as far as they mean something of their own here. */
const codes: ReadonlyMap<number, readonly [code: ErrorCode, what: string]> = new Map([
  [5, ['EW_STORE_BUSY', 'is locked by another process']],
  [6, ['EW_STORE_BUSY', 'is locked by another connection']],
  [8, ['EW_STORE_FAILED', 'cannot be written']],
  [11, ['EW_STORE_CORRUPT', 'is damaged']],
  [13, ['EW_STORE_FULL', 'cannot grow: the disk or its quota is full']],
  [14, ['EW_STORE_FAILED', 'cannot be opened: its folder must exist and be writable']],
  [15, ['EW_STORE_BUSY', 'is being opened or closed by other processes']],
  [26, ['EW_STORE_CORRUPT', 'is not a SQLite database']],
])
// The shared memory of the log lies on the same disk; when it cannot grow, the disk is full.
const sharedMemoryFull = 4874

/** The error that Eventwright throws for what SQLite threw; other errors stay what they are. */
export function storeFault(error: unknown, file: string): unknown {
  if (error instanceof EventwrightError || !isSqliteError(error)) return error
  if (error.errcode === sharedMemoryFull) return fault('EW_STORE_FULL', 'cannot grow: the disk is full', file, error)
  const [code, what] = codes.get(error.errcode & 0xff) ?? ['EW_STORE_FAILED', `refused an operation: ${error.message}`]
  return fault(code, what, file, error)
}

/** True when the cause is an event id that is stored already. */
export function isTakenId(error: unknown): boolean {
  const cause = error instanceof EventwrightError ? error.cause : error
  return isSqliteError(cause) && cause.message.includes('ew_events.id')
}

/** SQLite's extended result code, if this is an error of SQLite. */
export function sqliteCode(error: unknown): number | undefined {
  const cause = error instanceof EventwrightError ? error.cause : error
  return isSqliteError(cause) ? cause.errcode : undefined
}

function fault(code: ErrorCode, what: string, file: string, cause: Error): EventwrightError {
  return failure(code, `The store file ${file} ${what}.`, { details: { file }, cause })
}

function isSqliteError(error: unknown): error is Error & { readonly errcode: number } {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
}
