import type { AnySaga } from '../../design/sagas/definition.ts'
import type { SagaEvent } from './events.ts'
import type { SagaState } from './state.ts'

/** The fold of a saga's events. */
export type Evolve = (state: SagaState | undefined, event: SagaEvent) => SagaState

/** When a decision is made, and the chance that spreads retries: a number from 0 up to 1. */
export interface Moment {
  readonly nowMs: number
  readonly random: number
}

/** One decision under way: the events so far and the state that they lead to. */
export class Course {
  readonly saga: AnySaga
  readonly moment: Moment
  readonly events: SagaEvent[] = []
  readonly #evolve: Evolve
  #state: SagaState

  constructor(saga: AnySaga, state: SagaState, moment: Moment, evolve: Evolve) {
    this.saga = saga
    this.moment = moment
    this.#state = state
    this.#evolve = evolve
  }

  get state(): SagaState {
    return this.#state
  }

  emit(event: SagaEvent): void {
    this.events.push(event)
    this.#state = this.#evolve(this.#state, event)
  }
}
