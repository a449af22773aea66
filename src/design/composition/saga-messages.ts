import { sample } from '../../schema/sample.ts'
import type { AnyCommand, AnyEvent, AnyMessage } from '../definition.ts'
import { isMessage } from '../message.ts'
import type { AnySaga } from '../sagas/definition.ts'

/** The events that a saga is started by and waits for. */
export function eventsOfSaga({ startedBy, steps }: AnySaga): readonly AnyEvent[] {
  return [startedBy, ...steps.flatMap((step) => (step.kind === 'wait' ? [step.event] : []))]
}

/** Every message of a saga: its events and the commands that it sends. */
export function messagesOfSaga(saga: AnySaga): readonly AnyMessage[] {
  return [...eventsOfSaga(saga), ...commandsOfSaga(saga)]
}

/** The commands that a saga sends: of its steps, of their undos, and the one that records the failure. */
export function commandsOfSaga(saga: AnySaga): readonly AnyCommand[] {
  const failure = failureCommand(saga)
  return [...callsOf(saga), ...(failure === undefined ? [] : [failure])]
}

/** Whether a saga sends commands and so waits for replies. */
export function asks(saga: AnySaga): boolean {
  return saga.recordFailure !== undefined || callsOf(saga).length > 0
}

/**
 * The command that records the failure, found by calling `.failed` with a made-up input and no outputs; undefined where
 * that cannot be told.
 */
export function failureCommand(saga: AnySaga): AnyCommand | undefined {
  try {
    const scope = {
      input: sampleOf(saga.startedBy, present),
      steps: {},
      sagaId: `${saga.name}/1`,
      now: '2026-01-01T00:00:00.000Z',
    }
    const message: unknown = saga.recordFailure?.(scope, { step: saga.steps[0]?.name ?? '', reason: 'timeout' })
    return isMessage(message) && message.kind === 'command' ? message.definition : undefined
  } catch {
    return undefined
  }
}

/** The chance with which `sampleOf` leaves optional fields out. */
export const absent = 0.1

/** The chance with which `sampleOf` fills optional fields in. */
export const present = 0.5

/** Made-up data of an event, the same for the same chance. */
export function sampleOf(event: AnyEvent, chance: number): unknown {
  return sample(event.versions.at(-1)!.node, () => chance)
}

function callsOf({ steps }: AnySaga): readonly AnyCommand[] {
  return steps.flatMap((step) => {
    if (step.kind === 'wait') return []
    const undo = step.undo?.kind === 'call' ? [step.undo.command] : []
    return step.kind === 'call' ? [step.command, ...undo] : undo
  })
}
