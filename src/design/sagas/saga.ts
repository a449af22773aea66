import type { Duration } from '../../schema/field.ts'
import type { AnyEvent } from '../definition.ts'
import { activeStep, waitStep, type StepOptions } from './builder.ts'
import { failedStep, type AnySaga, type SagaStep } from './definition.ts'
import { designFailure, spanMs } from './check.ts'
import { frozenObjectives, type Objectives } from '../objectives.ts'
import type { BeforePivot } from './phases.ts'
import { definitionList } from '../tables.ts'

/**
 * Declares a saga: a business transaction over several services that ends completed, or compensated in reverse order.
 *
 * It is started once for each `id` by the event `startedBy`. Steps run one after the other; every one before the pivot
 * says how it is undone, and its undo is registered before it is asked for, so an outcome that nobody knows is undone
 * too. When the `deadline` passes before the pivot is asked for, the saga is compensated. Raise `version` when steps
 * change their meaning: running instances stay with the version that they began with. Errors: EW_DESIGN.
 */
export function saga<const N extends string, E extends AnyEvent>(
  name: N,
  head: {
    readonly startedBy: E
    readonly id: (event: E['~data']) => string
    readonly deadline?: Duration
    readonly version?: number
    readonly objectives?: Objectives
  },
): BeforePivot<N, E['type'], E['~data'], {}> {
  const [startedBy] = definitionList<AnyEvent>('event', [head.startedBy], `startedBy of saga ${name}`)
  const deadlineMs = head.deadline === undefined ? undefined : spanMs(head.deadline, `The deadline of saga ${name}`)
  const { version = 1, id } = head
  if (typeof id !== 'function') throw designFailure(`The saga ${name} has no function id.`)
  const objectives = frozenObjectives(head.objectives)
  const data = { name, version, startedBy: startedBy!, id, deadlineMs, objectives }
  return chain({ kind: 'saga', ...data, steps: Object.freeze([]), recordFailure: undefined }) as BeforePivot<
    N,
    E['type'],
    E['~data'],
    {}
  >
}

/** The members of a saga that exist at run time. */
type Parts = Omit<AnySaga, '~commands' | '~view'>

/** The saga so far with the methods that continue it; types say which of them may be called. */
function chain(parts: Parts): unknown {
  const { name, steps } = parts
  const then = (step: SagaStep): unknown => {
    if (steps.some((other) => other.name === step.name)) {
      throw designFailure(`The saga ${name} has a step ${step.name} already.`)
    }
    return chain({ ...parts, steps: Object.freeze([...steps, step]) })
  }
  const active = (kind: 'do' | 'call' | 'local', phase: SagaStep['phase']) => (step: string, options: StepOptions) =>
    then(activeStep(parts, step, kind, phase, options))
  return Object.freeze({
    ...parts,
    step: active('do', 'before'),
    call: active('call', 'before'),
    local: active('local', 'before'),
    pivot: active('do', 'pivot'),
    pivotCall: active('call', 'pivot'),
    pivotLocal: active('local', 'pivot'),
    finish: active('do', 'after'),
    finishCall: active('call', 'after'),
    finishLocal: active('local', 'after'),
    waitFor: (step: string, options: StepOptions) => then(waitStep(parts, step, options)),
    failed(make: AnySaga['recordFailure']) {
      if (typeof make !== 'function') throw designFailure(`.${failedStep}(…) of the saga ${name} needs a function.`)
      return Object.freeze({ ...parts, recordFailure: make })
    },
  })
}
