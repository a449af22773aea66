import { isEventwrightError, type ErrorCode } from '../base/errors.ts'
import type { Problem } from './wire.ts'

/** Why a request is refused by the console itself; what the runtime refuses has the code of its error. */
export type RefusalCode =
  | 'bad_request'
  | 'unauthenticated'
  | 'forbidden'
  | 'cross_origin'
  | 'not_found'
  | 'method_not_allowed'
  | 'too_large'
  | 'wrong_host'
  | 'too_many'
  | 'internal'
  | 'not_built'

/** What each refusal is answered with. */
export const refusals: Readonly<Record<RefusalCode, readonly [status: number, title: string]>> = {
  bad_request: [400, 'The request is not valid'],
  unauthenticated: [401, 'Nobody is known by this request'],
  forbidden: [403, 'The role does not allow it'],
  cross_origin: [403, 'Only the page of this console may ask'],
  not_found: [404, 'There is no such thing'],
  method_not_allowed: [405, 'This path has another method'],
  too_large: [413, 'The body is too large'],
  wrong_host: [421, 'This console is not reached by that name'],
  too_many: [429, 'So many at once are not served'],
  internal: [500, 'Something broke on our side'],
  not_built: [503, 'The page of the console is not built'],
}

/** Refuses a request. */
export class RequestRefused extends Error {
  readonly code: RefusalCode

  constructor(code: RefusalCode, detail: string) {
    super(detail)
    this.code = code
  }
}

const statuses: { readonly [code in ErrorCode]?: number } = {
  EW_CHANNEL_UNKNOWN: 404,
  EW_CONSUMER_UNKNOWN: 404,
  EW_PARKED: 404,
  EW_SAGA_UNKNOWN: 404,
  EW_STREAM_UNKNOWN: 404,
  EW_VIEW_UNKNOWN: 404,
  EW_JSON: 400,
  EW_QUERY: 400,
  EW_STREAM_NAME: 400,
  EW_TEXT: 400,
  EW_VALIDATION: 400,
  EW_VALUE: 400,
  EW_CONCURRENCY: 409,
  EW_CONFIG: 409,
  EW_CONSUMER_DECLARED: 409,
  EW_CONSUMER_HELD: 409,
  EW_CONSUMER_NOT_EMPTY: 409,
  EW_KEY_PARKED: 409,
  EW_NOT_EDITABLE: 409,
  EW_OWNERSHIP_LOST: 409,
  EW_REPLAYING: 409,
  EW_REPLAY_VAIN: 409,
  EW_STREAM_CLOSED: 409,
  EW_STREAM_DELETED: 409,
  EW_UNIQUE: 409,
  EW_VIEW_REPLAY: 409,
  EW_KEY_REUSED: 422,
  EW_CLOSED: 503,
}

/** What is told of an error that nobody foresaw. */
export const unforeseen = 'It was not carried out; the log of the process says why.'

/** The answer to anything that was thrown; what nobody foresaw is given to `report` and not shown. */
export function problemOf(error: unknown, report: (error: unknown) => void): Problem {
  if (error instanceof RequestRefused) {
    const [status, title] = refusals[error.code]
    return { type: 'about:blank', title, status, code: error.code, detail: error.message }
  }
  const status = isEventwrightError(error) ? (statuses[error.code] ?? (error.retryable ? 503 : 500)) : 500
  if (!isEventwrightError(error) || status === 500) {
    report(error)
    return { type: 'about:blank', title: refusals.internal[1], status: 500, code: 'internal', detail: unforeseen }
  }
  return {
    type: 'about:blank',
    title: titleOf(status),
    status,
    code: error.code,
    detail: detailOf(error),
    ...issuesOf(error),
  }
}

/** What was thrown, in a sentence that holds no more than whoever may look is told. */
export function toldOf(error: unknown): string {
  return problemOf(error, () => undefined).detail
}

/** A problem as a response. */
export function problemResponse(problem: Problem): Response {
  const { status } = problem
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 503 && { 'retry-after': '1' }),
  }
  return new Response(JSON.stringify(problem), { status, headers })
}

function titleOf(status: number): string {
  if (status === 404) return 'There is no such thing'
  if (status === 503) return 'Try again in a moment'
  return status === 400 ? 'The request is not valid' : 'It cannot be done as things stand'
}

/** Why a message failed may say what was in it, so it is not repeated. */
function detailOf(
  error: Error & { readonly code: ErrorCode; readonly details: Readonly<Record<string, unknown>> },
): string {
  if (error.code !== 'EW_REPLAY_VAIN') return error.message.replace(/^EW_\w+: /, '')
  const { vainReplays } = error.details
  return `It was replayed ${String(vainReplays)} times in vain, and neither it nor the handlers have changed since; force it, edit it or discard it.`
}

interface SchemaIssue {
  readonly path: readonly PropertyKey[]
  readonly expected: string
  readonly got: string
  readonly message?: string
}

function issuesOf({
  code,
  details,
}: {
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>
}): Pick<Problem, 'issues'> {
  if (code !== 'EW_VALIDATION' || !Array.isArray(details['issues'])) return {}
  const issues = (details['issues'] as readonly SchemaIssue[])
    .slice(0, 100)
    .map(({ path, message, expected, got }) => ({
      path: path
        .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
        .join('')
        .replace(/^\./, ''),
      message: message ?? `expected ${expected}, got ${got}`,
    }))
  return { issues }
}
