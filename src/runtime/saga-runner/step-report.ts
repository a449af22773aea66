import { timestampOf } from '../../base/clock.ts'
import type { Json } from '../../base/json.ts'
import { failedStep, type AnySaga, type SagaPhase, type SagaStep } from '../../design/sagas/definition.ts'
import { failureCommand } from '../sagas/requests.ts'
import { stepState, type SagaAction, type SagaState, type StepState } from '../sagas/state.ts'

/** A step of a saga as it is declared, and how an instance stands there. */
export interface SagaStepReport {
  readonly step: string
  readonly kind: SagaStep['kind']
  readonly phase: SagaPhase
  /** The command that is sent, or the event that is waited for; undefined for functions. */
  readonly message?: string
  readonly undo: 'call' | 'do' | 'local' | 'none'
  readonly undoMessage?: string
  readonly outcome: 'not asked' | StepState['outcome']
  readonly undoState: StepState['undo']
  /** What is asked of it now. */
  readonly request?: {
    readonly action: SagaAction
    readonly attempt: number
    readonly phase: 'inFlight' | 'paused' | 'parked'
    readonly dueAt?: string
    /** The command's data in stored form. */
    readonly data: Json
  }
  /** In stored form. */
  readonly output?: Json
  /** Of a failed one, why; of an unknown one too. */
  readonly code?: string
  readonly isStuck: boolean
}

/**
 * The steps of a saga in their order, with how an instance stands at each; the command that records its failure comes
 * last, once it was asked for.
 */
export function sagaSteps(saga: AnySaga, state: SagaState): readonly SagaStepReport[] {
  const steps = saga.steps.map((step) => stepOf(step, state))
  const failed = stepState(state, failedStep)
  if (failed === undefined) return steps
  const declared = { kind: 'call', phase: 'after', undo: 'none' } as const
  return [...steps, { step: failedStep, ...declared, ...recordedBy(saga, state), ...standing(failedStep, state) }]
}

/** The design may no longer know how to make it: what is reported of the steps does not depend on that. */
function recordedBy(saga: AnySaga, state: SagaState): Pick<SagaStepReport, 'message'> {
  try {
    return { message: failureCommand(saga, state, state.startedAtMs).type }
  } catch {
    return {}
  }
}

function stepOf(step: SagaStep, state: SagaState): SagaStepReport {
  const { name, kind, phase } = step
  const message = kind === 'call' ? step.command.type : kind === 'wait' ? step.event.type : undefined
  const undo = kind === 'wait' ? undefined : step.undo
  return {
    step: name,
    kind,
    phase,
    ...(message !== undefined && { message }),
    undo: undo?.kind ?? 'none',
    ...(undo?.kind === 'call' && { undoMessage: undo.command.type }),
    ...standing(name, state),
  }
}

type Standing = Pick<SagaStepReport, 'outcome' | 'undoState' | 'request' | 'output' | 'code' | 'isStuck'>

function standing(name: string, state: SagaState): Standing {
  const known = stepState(state, name)
  const isStuck = state.stuck?.step === name
  if (known === undefined) return { outcome: 'not asked', undoState: 'none', isStuck }
  const { outcome, undo, request, output, code, reason } = known
  const why = code ?? reason
  return {
    outcome,
    undoState: undo,
    isStuck,
    ...(output !== undefined && { output }),
    ...(why !== undefined && { code: why }),
    ...(request !== null && {
      request: {
        action: request.action,
        attempt: request.attempt,
        phase: request.phase,
        data: request.data,
        ...(request.dueAtMs !== null && { dueAt: timestampOf(request.dueAtMs) }),
      },
    }),
  }
}
