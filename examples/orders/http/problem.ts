import { isEventwrightError, Refused } from 'eventwright'
import { OutsideError } from '../outside/outside-error.ts'

/** A request that is answered with `application/problem+json`. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly issues: readonly FieldIssue[] | undefined

  constructor(code: ProblemCode, detail: string, issues?: readonly FieldIssue[]) {
    super(detail)
    this.code = code
    this.issues = issues
  }
}

/** One thing that is wrong in a body. */
export interface FieldIssue {
  readonly path: string
  readonly message: string
}

/** Every code of the interface with its status and title. Codes never change meaning. */
export const problems = {
  bad_json: [400, 'The body is not JSON in UTF-8'],
  bad_request: [400, 'The request is not valid'],
  invalid: [400, 'Some fields are not valid'],
  cross_site: [403, 'Pages of other sites may not write here'],
  not_found: [404, 'There is no such thing'],
  method_not_allowed: [405, 'This resource has other methods'],
  too_slow: [408, 'The request came too slowly'],
  order_exists: [409, 'An order with this id exists'],
  stock_limit: [409, 'The stock would become too large'],
  refused: [409, 'The command was refused'],
  too_large: [413, 'The body is too large'],
  key_reused: [422, 'The idempotency key was used for another request'],
  headers_too_large: [431, 'Path and headers are too large'],
  internal: [500, 'Something broke on our side'],
  unavailable: [503, 'Try again in a moment'],
  needs_newer_release: [503, 'A newer release of the shop has to answer this'],
} as const satisfies Record<string, readonly [status: number, title: string]>

export type ProblemCode = keyof typeof problems

/** Fields that are wrong, in one problem: the detail names the first, `issues` up to a hundred of them. */
export function invalid(issues: readonly FieldIssue[]): Problem {
  const [first, ...others] = issues
  const more = others.length === 0 ? '' : `, and ${others.length} more`
  const place = first?.path === '' ? 'the body' : first?.path
  return new Problem('invalid', `Mend ${place}: ${first?.message}${more}.`, issues.slice(0, mostIssues))
}

/**
 * The answer for anything that was thrown. What nobody foresaw, and what only the operator can mend, is reported to
 * `report` and not shown.
 */
export function problemResponse(error: unknown, report: (error: unknown) => void): Response {
  const problem = asProblem(error)
  if (problem.code === 'internal' || isForTheOperator(error)) report(error)
  const [status] = problems[problem.code]
  const retry = status === 503 ? { 'retry-after': '1' } : undefined
  return new Response(problemJson(problem), {
    status,
    headers: { 'content-type': 'application/problem+json', ...retry },
  })
}

/** The status of the answer for anything that was thrown. */
export function statusOf(error: unknown): number {
  return problems[asProblem(error).code][0]
}

/** The body of an answer. */
export function problemJson({ code, message: detail, issues }: Problem): string {
  const [status, title] = problems[code]
  return JSON.stringify({ type: 'about:blank', title, status, code, detail, ...(issues && { issues }) })
}

const mostIssues = 100
const longestPath = 200
const newer = ['EW_EVENT_NEWER', 'EW_EVENT_UNKNOWN'] as const
const operators = ['EW_STORE_FULL', 'EW_STORE_FAILED', ...newer] as const

function isForTheOperator(error: unknown): boolean {
  return operators.some((code) => isEventwrightError(error, code))
}

// Messages about the store name its file and are for the operator: the details here are written for who asks.
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Refused) return refusal(error)
  if (error instanceof OutsideError && error.retryable) {
    return new Problem('unavailable', 'The payment provider does not answer; ask again in a moment.')
  }
  if (!isEventwrightError(error)) return internal()
  if (error.code === 'EW_VALIDATION') return invalid(issuesOf(error.details['issues']))
  if (error.code === 'EW_STREAM_NAME' || error.code === 'EW_TEXT') return new Problem('bad_request', error.message)
  if (error.code === 'EW_QUERY') {
    return new Problem('bad_request', 'The cursor is none of this list; leave it out to begin with the first page.')
  }
  if (error.code === 'EW_KEY_REUSED') return new Problem('key_reused', 'Use a new Idempotency-Key for a new request.')
  if (newer.some((code) => code === error.code)) {
    return new Problem('needs_newer_release', 'A newer release has written about this; ask again when it serves.')
  }
  if (error.code === 'EW_STORE_FULL') {
    return new Problem('unavailable', 'There is no room to store this, and nothing of it was; send it again later.')
  }
  if (error.retryable || error.code === 'EW_CLOSED') {
    return new Problem('unavailable', 'The shop is busy or closing; send the same request again in a moment.')
  }
  return internal()
}

function refusal({ code, message }: Refused): Problem {
  if (code === 'order_exists') return new Problem(code, 'Choose another orderId, or leave it out.')
  if (code === 'stock_limit') return new Problem(code, 'A product may have 1000000000 pieces on hand; receive fewer.')
  return new Problem('refused', message)
}

function internal(): Problem {
  return new Problem('internal', 'The request was not carried out; the log of the server says why.')
}

interface SchemaIssue {
  readonly path: readonly PropertyKey[]
  readonly expected: string
  readonly got: string
  readonly message?: string
}

function issuesOf(found: unknown): FieldIssue[] {
  return (found as readonly SchemaIssue[]).map(({ path, expected, got, message }) => ({
    path: shortened(path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')),
    message: message ?? `expected ${expected}, got ${got}`,
  }))
}

function shortened(path: string): string {
  const text = path.replace(/^\./, '')
  return text.length > longestPath ? `${text.slice(0, longestPath).toWellFormed()}…` : text
}
