import type { Clock } from '../../base/clock.ts'

/** A reason that costs nothing: one of its own would be made each time, with a stack. */
const ended = 'The attempt has ended.'

/** The signal of one attempt. */
export interface AttemptSignal {
  /** Fires when the attempt has lasted too long, or when the owner stops. It is made for whoever asks first. */
  readonly signal: AbortSignal
  /** Nobody looks at it any more. */
  end(): void
}

/** A signal that fires after `ms` on a clock, or with its owner's. */
export function attemptSignal(clock: Clock, ms: number, owner: AbortSignal): AttemptSignal {
  const lateAtMs = clock.now() + ms
  let late: AbortController | undefined
  let over: AbortController | undefined
  const follow = (): void => late!.abort(owner.reason)
  const begin = (): AbortController => {
    const made = (late = new AbortController())
    if (owner.aborted) follow()
    else owner.addEventListener('abort', follow, { once: true })
    const stop = (over = new AbortController())
    void clock.sleep(Math.max(1, lateAtMs - clock.now()), stop.signal).then(() => {
      if (!stop.signal.aborted) made.abort(new DOMException('The attempt has lasted too long.', 'TimeoutError'))
    })
    return made
  }
  return {
    get signal() {
      return (late ?? begin()).signal
    },
    end() {
      if (late === undefined) return
      owner.removeEventListener('abort', follow)
      over!.abort(ended)
    },
  }
}
