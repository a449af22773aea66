import { conflictAttempts, conflictPauseMs } from '../commands/conflict-retry.ts'
import type { Origin } from '../log/event-encoding.ts'
import type { RunEffect, SendEffect } from '../sagas/effects.ts'
import type { Performed } from './core.ts'
import { bucketOf, type Desk } from './desk.ts'
import { logFrom, personalOf } from './instance-log.ts'

/**
 * Does something here, beside the rounds, or goes on with it; what comes of it is told to the instance. Where it comes
 * from is `origin`, or what `lookUp` answers where that is not at hand.
 */
export function perform<S, I>(
  desk: Desk<S, I>,
  effect: RunEffect | SendEffect,
  state: S,
  origin: Origin,
  { tries = 1, begun, lookUp }: More<I> = {},
): void {
  const { options, core, inbox, atWork } = desk
  const { sagaId: id } = effect.reply
  const { signal } = bucketOf(desk, id)
  const leave = atWork.begin(signal)
  const again = (): void => perform(desk, effect, state, origin, { tries: tries + 1, lookUp })
  const run = async (): Promise<void> => {
    if (tries > 1) await options.clock.sleep(conflictPauseMs(tries - 1), signal)
    if (signal.aborted) return
    const performed = await (begun ?? core.perform(effect, state, (await lookUp?.()) ?? origin, signal))
    // Whoever has its bucket now does it again.
    if (signal.aborted) return
    inbox.add({ id, input: performed.input, performed, ...(tries < conflictAttempts && { again }) })
  }
  const fail = (error: unknown): void => {
    if (signal.aborted) return
    const log = logFrom(options.log, personalOf(core, state, []), origin)
    log.error('what was to be done here has failed', { instance: id, error })
  }
  const end = (): void => {
    leave()
    options.wake.raise()
  }
  void run().catch(fail).finally(end)
}

interface More<I> {
  readonly tries?: number
  readonly begun?: Promise<Performed<I>>
  /** Never rejects. */
  readonly lookUp?: (() => Promise<Origin>) | undefined
}
