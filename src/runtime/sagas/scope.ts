import { timestampOf } from '../../base/clock.ts'
import type { Json } from '../../base/json.ts'
import type { AnySaga, SagaStep } from '../../design/sagas/definition.ts'
import type { Scope, Settled, UndoScope } from '../../design/sagas/scope.ts'
import { stepState, type SagaState, type StepState } from './state.ts'

/** The step of that name. */
export function stepNamed(saga: AnySaga, name: string): SagaStep | undefined {
  return saga.steps.find((step) => step.name === name)
}

/** What the functions of an instance see. Errors: EW_EVENT_NEWER, EW_EVENT_CORRUPT, EW_VALIDATION for stored data. */
export function scopeOf(saga: AnySaga, state: SagaState, nowMs: number): Scope<unknown, Record<string, unknown>> {
  const steps: Record<string, unknown> = {}
  for (const name of state.order) {
    const step = stepNamed(saga, name)
    const known = state.steps[name]!
    if (step !== undefined && known.outcome === 'done') steps[name] = outputOf(step, known)
  }
  return Object.freeze({
    input: saga.startedBy.decode(state.inputVersion, state.input),
    steps: Object.freeze(steps),
    sagaId: state.sagaId,
    now: timestampOf(nowMs),
  })
}

/** What an undo sees. */
export function undoScopeOf(
  saga: AnySaga,
  state: SagaState,
  step: SagaStep,
  nowMs: number,
): UndoScope<unknown, unknown, unknown> {
  return Object.freeze({ ...scopeOf(saga, state, nowMs), of: settledOf(step, stepState(state, step.name)!) })
}

function settledOf(step: SagaStep, known: StepState): Settled<unknown> {
  if (known.outcome === 'done') return Object.freeze({ status: 'done', output: outputOf(step, known) })
  if (known.outcome === 'failed') return Object.freeze({ status: 'failed', code: known.code ?? '' })
  return Object.freeze({ status: 'unknown', reason: known.reason ?? 'error' })
}

function outputOf(step: SagaStep, { output }: StepState): unknown {
  if (output === undefined) return undefined
  if (step.kind === 'call') return step.command.reply?.decode(output)
  if (step.kind !== 'wait') return output
  const { data, schemaVersion } = output as { readonly data: Json; readonly schemaVersion: number }
  return step.event.decode(schemaVersion, data)
}
