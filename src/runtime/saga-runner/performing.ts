import { conflictAttempts, conflictPauseMs } from '../commands/conflict-retry.ts'
import type { Origin } from '../log/event-encoding.ts'
import type { RunEffect, SendEffect } from '../sagas/effects.ts'
import type { Performed } from './core.ts'
import type { Desk } from './desk.ts'

/** Does something here, beside the rounds, or goes on with it; what comes of it is told to the instance. */
export function perform<S, I>(
  desk: Desk<S, I>,
  effect: RunEffect | SendEffect,
  state: S,
  origin: Origin,
  { tries = 1, begun }: { readonly tries?: number; readonly begun?: Promise<Performed<I>> } = {},
): void {
  const { options, core, inbox, signal } = desk
  const again = (): void => perform(desk, effect, state, origin, { tries: tries + 1 })
  const run = async (): Promise<void> => {
    if (tries > 1) await options.clock.sleep(conflictPauseMs(tries - 1), signal)
    if (signal.aborted) return
    const performed = await (begun ?? core.perform(effect, state, origin, signal))
    const { sagaId: id } = effect.reply
    inbox.add({ id, input: performed.input, performed, ...(tries < conflictAttempts && { again }) })
    options.wake.raise()
  }
  run().catch((error: unknown) => {
    if (!signal.aborted)
      options.log.error('what was to be done here has failed', { instance: effect.reply.sagaId, error })
  })
}
