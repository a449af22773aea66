import { Problem } from './problem.ts'

const longestWaitMs = 30_000
const unitMs = { ms: 1, s: 1_000, m: 60_000 } as const

/** A parameter of the path: the name of an order, a customer or a product. */
export function nameIn(text: string): string {
  if (/^\P{Cc}{1,80}$/u.test(text) && text.isWellFormed()) return text
  throw new Problem('bad_request', 'A name in the path has 1 to 80 characters and no control characters.')
}

/** `?wait=5s`; 0 when it is absent, at most 30 s. */
export function waitMs(query: URLSearchParams): number {
  const text = query.get('wait')
  if (text === null) return 0
  const [, amount, unit] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? []
  if (amount === undefined) throw new Problem('bad_request', 'wait is not a time; write 500ms or 5s.')
  return Math.min(Number(amount) * unitMs[unit as keyof typeof unitMs], longestWaitMs)
}

/** `?limit=100`. */
export function pageSize(query: URLSearchParams): number {
  const text = query.get('limit') ?? '100'
  const limit = Number(text)
  if (/^\d{1,4}$/.test(text) && limit >= 1 && limit <= 1_000) return limit
  throw new Problem('bad_request', 'limit is no page size; write a number from 1 to 1000.')
}

/** The Idempotency-Key header. */
export function idempotencyKey(request: Request): string | undefined {
  const key = request.headers.get('idempotency-key')
  if (key === null) return undefined
  if (/^[\x20-\x7e]{1,200}$/.test(key)) return key
  throw new Problem('bad_request', 'Idempotency-Key has 1 to 200 printable ASCII characters.')
}
