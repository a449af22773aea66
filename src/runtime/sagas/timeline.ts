import type { SagaEvent } from './events.ts'
import type { OrderedAction, SagaInput } from './input.ts'

/** An input of a saga as people read it. */
export function shownInput(input: SagaInput): string {
  switch (input.kind) {
    case 'started':
      return `${input.sagaId} is started`
    case 'reply': {
      const { action, step, attempt, result } = input
      const what =
        result.status === 'done' ? 'done' : result.status === 'refused' ? `refused: ${result.code}` : 'failed'
      return `${action} ${step} is answered: ${what} (attempt ${attempt})`
    }
    case 'due':
      return 'the time has come'
    case 'signal':
      return `the event for ${input.step} comes`
    case 'cancel':
      return `${input.who} cancels: ${input.why}`
    case 'operator':
      return `${input.who} asks for ${input.action.kind}: ${input.why}`
    case 'restart':
      return 'another process takes over'
  }
}

/** An event of a saga as people read it: its type and what tells it from others of that type. */
export function shownSagaEvent(event: SagaEvent): string {
  switch (event.type) {
    case 'CompensationStarted':
      return `CompensationStarted (${event.cause.step}: ${event.cause.reason})`
    case 'StepRejected':
      return `StepRejected ${event.step} (${event.code})`
    case 'StepOutcomeUnknown':
      return `StepOutcomeUnknown ${event.step} (${event.reason})`
    case 'StepAttemptFailed':
    case 'UndoAttemptFailed':
      return `${event.type} ${event.step} (attempt ${event.attempt}, ${event.error.kind}: ${event.error.message})`
    case 'StepRetried':
    case 'UndoRetried':
      return `${event.type} ${event.step} (attempt ${event.attempt})`
    case 'UndoRequested':
      return `UndoRequested ${event.step} (of ${event.of})`
    case 'SagaStuck':
      return `SagaStuck at ${event.action} ${event.step} (${event.reason})`
    case 'OperatorActed':
      return `OperatorActed ${shownAction(event.action)} (${event.who}: ${event.why})`
    case 'OrderRefused':
      return `OrderRefused ${shownAction(event.action)} (${event.who}: ${event.why}), for ${event.reason}`
    case 'CancelRequested':
      return `CancelRequested (${event.who}: ${event.why})`
    case 'SagaTerminated':
      return `SagaTerminated (debts: ${event.debts.join(', ') || 'none'})`
    default:
      return 'step' in event ? `${event.type} ${event.step}` : event.type
  }
}

function shownAction(action: OrderedAction): string {
  return 'step' in action ? `${action.kind} ${action.step}` : action.kind
}
