import type { AnyChannel } from './channel.ts'
import type { AnyEvent } from './definition.ts'
import type { EventEffects, Retry } from './effects.ts'
import { frozenObjectives, type Objectives } from './objectives.ts'
import type { Unfinished } from './part.ts'
import { definitionList, frozenTable } from './tables.ts'

/** Any subscription, with what the runtime needs of it. */
export interface AnySubscription {
  readonly kind: 'subscription'
  readonly name: string
  readonly '~commands': never
  readonly '~view': never
  readonly from: readonly AnyEvent[] | AnyChannel
  /** Undefined: the stream of the event, or the key of the channel. */
  readonly key: ((data: any) => string) | undefined
  readonly retry: Required<Retry>
  readonly startAt: 'beginning' | 'now'
  /** Whether it was written where it starts: whoever asks for the beginning gets nothing less. */
  readonly startIsAsked: boolean
  /** How many different keys are handled at once. */
  readonly concurrency: number
  readonly objectives: Objectives | undefined
  readonly on: { readonly [type: string]: (data: any, effects: any) => unknown }
}

/** A finished subscription. */
export interface SubscriptionDef<N extends string> extends AnySubscription {
  readonly name: N
}

type Source = AnyChannel | readonly AnyEvent[]
type EventsOf<S> = S extends readonly (infer E extends AnyEvent)[]
  ? E
  : S extends { readonly '~carries': infer M }
    ? M extends AnyEvent
      ? M
      : never
    : never

type Reactions<E extends AnyEvent> = {
  readonly [M in E as M['type']]?: (event: M['~data'], effects: EventEffects) => unknown
}

/** A subscription without its handlers. */
export interface NeedsReactions<
  N extends string,
  E extends AnyEvent,
> extends Unfinished<'a subscription needs .on({ … })'> {
  /** What to do about each event; events without a handler are passed over. */
  on(handlers: Reactions<E>): SubscriptionDef<N>
}

const retryDefaults: Required<Retry> = { maxAttempts: 5, initial: '200ms', factor: 2, max: '30s' }

/**
 * Declares a handler with effects, fed by the store (a list of events) or by a channel.
 *
 * Events with equal keys are handled one after the other, in order; different keys at the same time, up to
 * `concurrency` (default 8). A handler that throws is tried again as `retry` says; then its key is parked and other
 * keys go on. Effects outside the database happen at least once, with a constant key; what goes through `tx` and `send`
 * commits together with the position. A new subscription starts at the beginning unless `startAt` is `'now'`.
 *
 * A channel whose broker keeps nothing that was read, such as queues of RabbitMQ, brings what is sent from the first
 * start of a service on that knows of the subscription; where `startAt: 'beginning'` is written, that is an error.
 */
export function subscription<const N extends string, const S extends Source>(
  name: N,
  head: {
    readonly from: S
    readonly key?: (event: EventsOf<S>['~data']) => string
    readonly retry?: Retry
    readonly startAt?: 'beginning' | 'now'
    readonly concurrency?: number
    readonly objectives?: Objectives
  },
): NeedsReactions<N, EventsOf<S>> {
  const { key, startAt = 'beginning', concurrency = 8 } = head
  const from = Array.isArray(head.from)
    ? definitionList<AnyEvent>('event', head.from, `from of subscription ${name}`)
    : (head.from as AnyChannel)
  const retry = Object.freeze({ ...retryDefaults, ...head.retry })
  const objectives = frozenObjectives(head.objectives)
  return Object.freeze({
    kind: 'a subscription needs .on({ … })',
    name,
    on: (handlers: AnySubscription['on']) =>
      Object.freeze({
        kind: 'subscription',
        name,
        from,
        key,
        retry,
        startAt,
        startIsAsked: head.startAt !== undefined,
        concurrency,
        objectives,
        on: frozenTable(handlers),
      }),
  }) as unknown as NeedsReactions<N, EventsOf<S>>
}
