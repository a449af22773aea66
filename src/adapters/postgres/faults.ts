import { errorText } from '../../base/error-text.ts'
import { EventwrightError, failure, type ErrorCode } from '../../base/errors.ts'

type Meaning = readonly [code: ErrorCode, what: string]

/** SQLSTATEs that mean something of their own here; two characters stand for a whole class. */
const states: Readonly<Record<string, Meaning>> = {
  '08': ['EW_STORE_UNREACHABLE', 'lost the connection'],
  '53100': ['EW_STORE_FULL', 'cannot grow: its disk is full'],
  '53200': ['EW_STORE_BUSY', 'is out of memory'],
  '53300': ['EW_STORE_BUSY', 'has no connection left'],
  '57P01': ['EW_STORE_UNREACHABLE', 'is being shut down'],
  '57P02': ['EW_STORE_UNREACHABLE', 'recovers from a crash'],
  '57P03': ['EW_STORE_UNREACHABLE', 'does not accept connections yet'],
  '57P05': ['EW_STORE_UNREACHABLE', 'closed an idle session'],
  '25P03': ['EW_STORE_UNREACHABLE', 'ended a transaction that stood idle'],
  '25P04': ['EW_STORE_UNREACHABLE', 'ended a transaction that took too long'],
  '25006': ['EW_STORE_UNREACHABLE', 'only reads: it is a standby, or default_transaction_read_only is set'],
  '40001': ['EW_STORE_BUSY', 'met another transaction'],
  '40P01': ['EW_STORE_BUSY', 'met another transaction that waited for it'],
  '55P03': ['EW_STORE_BUSY', 'is locked by another transaction'],
  '57014': ['EW_STORE_BUSY', 'took longer than the statement may take'],
  '28': ['EW_STORE_FAILED', 'refuses the user or the password: check both in the address, and what the server lets in'],
  '3D000': ['EW_STORE_FAILED', 'does not exist: create the database, or name another in the address'],
  '42501': ['EW_STORE_FAILED', 'does not allow that'],
}

/** Errors of the operating system and of the driver about a connection; the driver gives its own no code. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOENT',
])
const brokenConnection =
  /connection (?:terminated|error)|has encountered a connection error|not queryable|connection is closed/i
const noAnswer = /query read timeout/i
const noConnectionFree = /timeout exceeded when trying to connect/i

/**
 * The error that Eventwright throws for what the driver threw; others stay what they are. An error of a statement keeps
 * its cause, from which `sqlState` and `constraintOf` read.
 */
export function storeFault(error: unknown, name: string): unknown {
  if (error instanceof EventwrightError || !(error instanceof Error)) return error
  const [code, what] = meaningOf(error)
  return failure(code, `The store ${name} ${what}.`, { details: { store: name }, cause: error })
}

/** The SQLSTATE behind an error; undefined when the server has not said one. */
export function sqlState(error: unknown): string | undefined {
  const code = codeOf(causeOf(error))
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !unreachable.has(code) ? code : undefined
}

/** The constraint that a row would have violated. */
export function constraintOf(error: unknown): string | undefined {
  const cause = causeOf(error)
  const isViolation = sqlState(error) === uniqueViolation && cause instanceof Error && 'constraint' in cause
  return isViolation && typeof cause.constraint === 'string' ? cause.constraint : undefined
}

const uniqueViolation = '23505'

function meaningOf(error: Error): Meaning {
  if (isCrash(error)) return ['EW_STORE_UNREACHABLE', `has crashed (${errorText(error)})`]
  const code = codeOf(error)
  if (code !== undefined && unreachable.has(code)) return ['EW_STORE_UNREACHABLE', `cannot be reached (${code})`]
  const known = code === undefined ? undefined : (states[code] ?? states[code.slice(0, 2)])
  if (known !== undefined) return known
  if (noConnectionFree.test(error.message)) return ['EW_STORE_BUSY', 'has no connection free in its pool']
  if (code === undefined && brokenConnection.test(error.message)) return ['EW_STORE_UNREACHABLE', 'lost the connection']
  if (code === undefined && noAnswer.test(error.message)) return ['EW_STORE_UNREACHABLE', 'does not answer any more']
  return ['EW_STORE_FAILED', `refused an operation: ${errorText(error)}`]
}

/**
 * The server goes down, so nobody knows whether what was sent is stored: a log that cannot grow says that the disk is
 * full, also when the commit stands in it already. The severity may be in any language, the place of the error is not.
 */
function isCrash(error: Error): boolean {
  const { severity, file } = error as { readonly severity?: unknown; readonly file?: unknown }
  return severity === 'PANIC' || (file === 'xlog.c' && codeOf(error) === '53100')
}

function causeOf(error: unknown): unknown {
  return error instanceof EventwrightError ? error.cause : error
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
