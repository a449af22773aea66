/** What can go wrong when an outside party is asked. */
export type OutsideErrorCode =
  /** It is not there and cannot be started; the message says why. */
  | 'outside_cannot_start'
  /** No answer came in time: what was asked may have happened or not. The same key finds out. */
  | 'outside_no_answer'
  /** It says that it cannot do it now; the same key may be sent again. */
  | 'outside_unavailable'
  /** It refuses the request, and will again. */
  | 'outside_refused'
  /** This side was closed. */
  | 'outside_closed'

/** An outside party did not do what it was asked. */
export class OutsideError extends Error {
  readonly code: OutsideErrorCode
  /** What the party itself calls it, for example `key_reused`. */
  readonly reason: string | undefined

  constructor(code: OutsideErrorCode, message: string, reason?: string) {
    super(message)
    this.code = code
    this.reason = reason
  }

  /** Whether the same request may be sent again. */
  get retryable(): boolean {
    return this.code === 'outside_no_answer' || this.code === 'outside_unavailable'
  }
}
