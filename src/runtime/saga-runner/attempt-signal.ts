import type { Clock } from '../../base/clock.ts'

/** A reason that costs nothing: one of its own would be made each time, with a stack. */
const ended = 'The attempt has ended.'

/** The signal of one attempt. */
export interface AttemptSignal {
  /** Fires when the attempt has lasted too long, or when the owner stops. */
  readonly signal: AbortSignal
  /** Nobody looks at it any more. */
  end(): void
}

/** A signal that fires after `ms` on a clock, or with its owner's. */
export function attemptSignal(clock: Clock, ms: number, owner: AbortSignal): AttemptSignal {
  const late = new AbortController()
  const over = new AbortController()
  const follow = (): void => late.abort(owner.reason)
  if (owner.aborted) follow()
  else owner.addEventListener('abort', follow, { once: true })
  void clock.sleep(Math.max(1, ms), over.signal).then(() => {
    if (!over.signal.aborted) late.abort(new DOMException('The attempt has lasted too long.', 'TimeoutError'))
  })
  return {
    signal: late.signal,
    end() {
      owner.removeEventListener('abort', follow)
      over.abort(ended)
    },
  }
}
