import { isEventwrightError, Refused } from 'eventwright'

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
  order_exists: [409, 'An order with this id exists'],
  stock_limit: [409, 'The stock would become too large'],
  refused: [409, 'The command was refused'],
  too_large: [413, 'The body is too large'],
  key_reused: [422, 'The idempotency key was used for another request'],
  internal: [500, 'Something broke on our side'],
  unavailable: [503, 'Try again in a moment'],
} as const satisfies Record<string, readonly [status: number, title: string]>

export type ProblemCode = keyof typeof problems

/** The answer for anything that was thrown. What nobody foresaw is reported to `report` and not shown. */
export function problemResponse(error: unknown, report: (error: unknown) => void): Response {
  const { code, message: detail, issues } = asProblem(error)
  if (code === 'internal') report(error)
  const [status, title] = problems[code]
  const retry = code === 'unavailable' ? { 'retry-after': '1' } : undefined
  const headers = { 'content-type': 'application/problem+json', ...retry }
  return new Response(JSON.stringify({ type: 'about:blank', title, status, code, detail, ...(issues && { issues }) }), {
    status,
    headers,
  })
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Refused)
    return new Problem(error.code in problems ? (error.code as ProblemCode) : 'refused', error.message)
  if (!isEventwrightError(error))
    return new Problem('internal', 'The request was not carried out; the log of the server says why.')
  if (error.code === 'EW_VALIDATION') return new Problem('invalid', 'See issues.', issuesOf(error.details['issues']))
  if (error.code === 'EW_STREAM_NAME' || error.code === 'EW_TEXT' || error.code === 'EW_QUERY') {
    return new Problem('bad_request', error.message)
  }
  if (error.code === 'EW_KEY_REUSED') return new Problem('key_reused', 'Use a new Idempotency-Key for a new request.')
  if (error.retryable || error.code === 'EW_CLOSED') return new Problem('unavailable', error.message)
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
    path: path
      .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
      .join('')
      .replace(/^\./, ''),
    message: message ?? `expected ${expected}, got ${got}`,
  }))
}
