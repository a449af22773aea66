import { failure } from '../../base/errors.ts'
import { fingerprint } from '../../base/fingerprint.ts'
import { newId } from '../../base/ids.ts'
import { canonicalJson, type Json } from '../../base/json.ts'
import { isStorable, quoted } from '../../base/text.ts'
import type { AnySaga } from '../../design/sagas/definition.ts'
import type { SagaMail, SagaRow } from '../../ports/sagas.ts'
import type { Store } from '../../ports/store.ts'
import type { InboxRow, Outcome, Unit } from '../../ports/unit-of-work.ts'
import { cancelMail, operatorMail } from './mail.ts'
import type { OrderedAction } from '../sagas/input.ts'
import { orderRefusal } from '../sagas/operator.ts'
import { openStep, type SagaState } from '../sagas/state.ts'

/** Who gives an order to an instance, and why; both stand in its timeline. */
export interface SagaOrder {
  readonly who: string
  readonly why: string
  /** The order's own name: given again under it, it is the same order. Default: a new one. */
  readonly id?: string
}

/** What is known of an order when it has been posted; what became of it is an event of the instance. */
export interface SagaOrderAnswer {
  readonly instance: string
  readonly order: string
  /** Of the instance, before the order. */
  readonly status: string
  /** Why the instance will refuse it, unless it moves before it reads it; undefined: it takes such an order now. */
  readonly refusal?: string
  /** True when the order had been given before under this id: nothing was posted. */
  readonly repeated: boolean
}

/**
 * Orders to instances of sagas, for people. They are posted to the owner, so it does not matter which process is asked,
 * and an order that is refused is an event of the instance too. Errors: EW_SAGA_UNKNOWN, EW_TEXT for an order without
 * who or why, EW_KEY_REUSED for an id that was another order, EW_CONFIG for an instance of a process.
 */
export interface OperateSagas {
  /** Turns back; after the pivot there is no way back. */
  cancel(instance: string, order: SagaOrder): Promise<SagaOrderAnswer>
  /** Tries a step now that waits for its next attempt or is stuck; default: the step at which the instance stands. */
  retry(instance: string, order: SagaOrder & { readonly step?: string }): Promise<SagaOrderAnswer>
  /** Leaves the stuck state and goes on where the instance stands, with all attempts anew. */
  resume(instance: string, order: SagaOrder): Promise<SagaOrderAnswer>
  /** Says that a step was undone by hand; default: the step whose undo is stuck. */
  markUndone(instance: string, order: SagaOrder & { readonly step?: string }): Promise<SagaOrderAnswer>
  /**
   * Says that the step at which the instance is stuck was done by hand, with this output in stored form. Only from the
   * pivot on: before it the way out is `cancel`.
   */
  skip(
    instance: string,
    order: SagaOrder & { readonly step?: string; readonly output?: Json },
  ): Promise<SagaOrderAnswer>
  /** Gives the instance up; what is neither done to the end nor undone is recorded as its debts. */
  terminate(instance: string, order: SagaOrder): Promise<SagaOrderAnswer>
}

/** What giving orders needs. */
export interface OperateSagasOptions {
  readonly store: Pick<Store, 'sagas'>
  commit(unit: Unit): Promise<Outcome>
  /** The declaration of a saga, where this process has it: without it a refusal may be known to the owner alone. */
  sagaOf(name: string): AnySaga | undefined
}

/** The orders of an operator over a store. */
export function operateSagas(options: OperateSagasOptions): OperateSagas {
  return {
    cancel: (instance, order) => give(options, instance, order, { kind: 'cancel' }),
    resume: (instance, order) => give(options, instance, order, { kind: 'resume' }),
    terminate: (instance, order) => give(options, instance, order, { kind: 'terminate' }),
    retry: (instance, order) => give(options, instance, order, { kind: 'retry', ...stepOf(order) }),
    markUndone: (instance, order) => give(options, instance, order, { kind: 'mark-undone', ...stepOf(order) }),
    skip(instance, order) {
      const { output } = order
      return give(options, instance, order, {
        kind: 'skip',
        ...stepOf(order),
        ...(output !== undefined && { output }),
      })
    },
  }
}

/** What was asked for: the step that it is about may have been left out. */
interface Asked {
  readonly kind: OrderedAction['kind']
  readonly step?: string
  readonly output?: Json
}

/** What an instance would do as it stands, were it ordered to: each order, and why it would refuse it. */
export function orderRefusals(
  saga: AnySaga | undefined,
  state: SagaState,
): readonly { readonly order: OrderedAction['kind']; readonly refusal?: string }[] {
  const declared = saga?.version === state.version ? saga : undefined
  return (['retry', 'resume', 'cancel', 'mark-undone', 'skip', 'terminate'] as const).map((order) => {
    const refusal = orderRefusal(declared, state, actionOf({ kind: order }, state))
    return { order, ...(refusal !== undefined && { refusal }) }
  })
}

async function give(
  { store, commit, sagaOf }: OperateSagasOptions,
  instance: string,
  { who, why, id = newId() }: SagaOrder,
  asked: Asked,
): Promise<SagaOrderAnswer> {
  assertTexts({ who, why, id })
  const row = await store.sagas.get(instance)
  if (row === undefined) throw failure('EW_SAGA_UNKNOWN', `The store has no instance ${quoted(instance, 300)}.`)
  const state = stateOf(row)
  const action = actionOf(asked, state)
  const order = { id, who, why }
  const mail = action.kind === 'cancel' ? cancelMail(instance, order) : operatorMail(instance, order, action)
  const answer = { instance, order: id, status: row.status }
  if (!(await post(commit, row, id, asked, mail))) return { ...answer, repeated: true }
  const saga = sagaOf(row.saga)
  const refusal = orderRefusal(saga?.version === state.version ? saga : undefined, state, action)
  return { ...answer, ...(refusal !== undefined && { refusal }), repeated: false }
}

function actionOf({ kind, step: given, output }: Asked, state: SagaState): OrderedAction {
  if (kind === 'cancel' || kind === 'resume' || kind === 'terminate') return { kind }
  const step = given ?? standsAt(state)
  return kind === 'skip' ? { kind, step, ...(output !== undefined && { output }) } : { kind, step }
}

function stepOf({ step }: { readonly step?: string }): Pick<Asked, 'step'> {
  return step === undefined ? {} : { step }
}

/** Answers false when it was posted before. Error: EW_KEY_REUSED. */
async function post(
  commit: OperateSagasOptions['commit'],
  { id: instance, service }: SagaRow,
  order: string,
  asked: Asked,
  mail: SagaMail,
): Promise<boolean> {
  const print = fingerprint(`${instance} ${canonicalJson(asked)}`)
  const key: InboxRow = { service, consumer: 'orders', key: order, fingerprint: print, outcome: '{}' }
  const outcome = await commit({ mail: [mail], inbox: [key] })
  if (outcome.ok) return true
  if (outcome.reason === 'inbox' && outcome.fingerprint === print) return false
  throw failure('EW_KEY_REUSED', `The order ${quoted(order, 300)} was given before, and it was another one.`)
}

function stateOf({ id, state: text }: SagaRow): SagaState {
  const state = JSON.parse(text) as SagaState
  if ('sagaId' in state) return state
  throw failure('EW_CONFIG', `${id} is an instance of a process: it asks for nothing that could be ordered otherwise.`)
}

/** The step at which an instance is stuck or that it works on. */
function standsAt(state: SagaState): string {
  return state.stuck?.step ?? openStep(state)?.step ?? ''
}

function assertTexts(texts: Readonly<Record<string, unknown>>): void {
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text === 'string' && text.trim() !== '' && isStorable(text)) continue
    throw failure('EW_TEXT', `An order says ${name === 'id' ? 'its id' : name} as a text that is not empty.`)
  }
}
