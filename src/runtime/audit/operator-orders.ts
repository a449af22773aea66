import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { fingerprint } from '../../base/fingerprint.ts'
import { canonicalJson, parseJson, type Json } from '../../base/json.ts'
import { isStorable, quoted } from '../../base/text.ts'
import type { Store } from '../../ports/store.ts'
import type { InboxRow, Outcome, Unit } from '../../ports/unit-of-work.ts'
import { operatorEvent } from '../forgetting/operator-event.ts'
import { orderEvents, ordersStream } from './operator-actions.ts'

/** An order of a person, as it is noted. */
export interface OperatorOrder {
  /** Its own name: given again under it, it is the same order. */
  readonly id: string
  /** What is done, in words that stay: `replay dead letter`. */
  readonly what: string
  /** What it is done to: a stream, a view, an instance. */
  readonly of: string
  /** What else was asked for: the same order has the same. */
  readonly asked?: Json
  readonly who: string
  readonly why: string
}

/** What is known of an order that was noted. */
export interface NotedOrder {
  /** It had been noted before under its id. */
  readonly repeated: boolean
  /** How it ended, if that was noted: nobody has to do it again. */
  readonly ended?: OrderEnd
}

/** How an order ended. */
export interface OrderEnd {
  /** For people, in a sentence. */
  readonly outcome: string
  /** What whoever gave it was answered. */
  readonly answer: Json
}

/**
 * Notes of what people order, for whoever carries it out: each is an event of the engine with who and why, stored
 * before anything is done, so that nothing is done without a trace. Not more than that: doing it is up to the caller,
 * who may be asked twice, by two processes at once, where the end was not noted.
 */
export interface OperatorOrders {
  /** Errors: EW_KEY_REUSED for an id that was another order; EW_TEXT without an id, who gives it, or why. */
  begin(order: OperatorOrder): Promise<NotedOrder>
  /** Notes how it ended; the first end stays. */
  end(order: OperatorOrder, end: OrderEnd): Promise<void>
  /** Notes that it could not be done: the same order may be given again. */
  fail(order: OperatorOrder, why: string): Promise<void>
}

/** What noting needs. */
export interface OperatorOrdersOptions {
  readonly store: Pick<Store, 'inbox'>
  readonly clock: Clock
  commit(unit: Unit): Promise<Outcome>
}

const inboxOf = { service: 'eventwright', consumer: 'orders of operators' } as const

/** Notes over a store. */
export function operatorOrders({ store, clock, commit }: OperatorOrdersOptions): OperatorOrders {
  const noted = (name: string, order: OperatorOrder, facts: Readonly<Record<string, Json>>): Unit => {
    const { id, what, of, who, why } = order
    const event = operatorEvent(name, { order: id, what, of, ...facts }, { who, why, nowMs: clock.now() }, ordersStream)
    return { appends: [event] }
  }
  return {
    async begin(order) {
      assertTexts({ id: order.id, who: order.who, why: order.why })
      const { id, what, of, asked } = order
      const print = fingerprint(canonicalJson({ what, of, asked: asked ?? null }))
      const key: InboxRow = { ...inboxOf, key: id, fingerprint: print, outcome: '{}' }
      const given = noted(orderEvents.given, order, asked === undefined ? {} : { asked })
      const outcome = await commit({ ...given, inbox: [key] })
      if (outcome.ok) return { repeated: false }
      if (outcome.reason !== 'inbox')
        throw failure('EW_CONCURRENCY', `The order ${quoted(id)} lost by ${outcome.reason}.`)
      if (outcome.fingerprint !== print)
        throw failure('EW_KEY_REUSED', `The order ${quoted(id, 300)} was given before, and it was another one.`)
      const end = await store.inbox.get(inboxOf.service, inboxOf.consumer, endKey(id))
      return { repeated: true, ...(end !== undefined && { ended: parseJson(end.outcome) as unknown as OrderEnd }) }
    },
    async end(order, { outcome, answer }) {
      const key: InboxRow = {
        ...inboxOf,
        key: endKey(order.id),
        fingerprint: '',
        outcome: canonicalJson({ outcome, answer }),
      }
      await commit({ ...noted(orderEvents.ended, order, { outcome }), inbox: [key] })
    },
    async fail(order, why) {
      await commit(noted(orderEvents.failed, order, { outcome: why }))
    },
  }
}

function endKey(id: string): string {
  return `${id} ended`
}

function assertTexts(texts: Readonly<Record<string, unknown>>): void {
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text === 'string' && text.trim() !== '' && isStorable(text)) continue
    throw failure('EW_TEXT', `An order says ${name === 'id' ? 'its id' : name} as a text that is not empty.`)
  }
}
