import type { AnySaga } from '../../design/sagas/definition.ts'
import type { Evolve, Moment } from './course.ts'
import { decide, type SagaDecision } from './decide.ts'
import { effects, type SagaEffect } from './effects.ts'
import type { SagaEvent } from './events.ts'
import { evolve } from './evolve.ts'
import type { SagaInput } from './input.ts'
import type { SagaState } from './state.ts'

/** The rules of sagas: three pure functions. Whoever drives them stores the events before he does what follows. */
export interface SagaCore {
  decide(saga: AnySaga, state: SagaState | undefined, input: SagaInput, moment: Moment): SagaDecision
  readonly evolve: Evolve
  effects(
    saga: AnySaga,
    before: SagaState | undefined,
    events: readonly SagaEvent[],
    after: SagaState,
  ): readonly SagaEffect[]
}

/** The rules with another fold, for tests that break them on purpose. */
export function sagaCoreWith(fold: Evolve): SagaCore {
  return {
    decide: (saga, state, input, moment) => decide(saga, state, input, moment, fold),
    evolve: fold,
    effects,
  }
}

/** The rules of sagas. */
export const sagaCore: SagaCore = sagaCoreWith(evolve)
