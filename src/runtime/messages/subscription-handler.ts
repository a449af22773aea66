import type { Clock } from '../../base/clock.ts'
import { durationMs } from '../../base/duration.ts'
import type { CommandMessage } from '../../design/message.ts'
import type { EventEffects, Scheduling } from '../../design/effects.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { AnySubscription } from '../../design/subscription.ts'
import type { InboxTable } from '../../ports/inbox.ts'
import type { OutboxMessage } from '../../ports/outbox.ts'
import type { Statement, Unit } from '../../ports/unit-of-work.ts'
import type { Bundle } from '../loop/bundle.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Handler } from '../loop/handler.ts'
import { keyedHandler, type KeyedHandlerOptions } from '../parking/keyed-handler.ts'
import { KeyedRunner, type KeyedEvent, type RetryPolicy } from '../parking/keyed-run.ts'
import { handlerText } from '../parking/handler-text.ts'
import type { DeliverySpans } from '../telemetry/delivery-spans.ts'
import { timerWrites, type TimerOrder } from '../timers/schedule.ts'

/** What running a subscription needs. */
export interface SubscriptionOptions extends KeyedHandlerOptions {
  readonly subscription: AnySubscription
  /** What it takes from this source. */
  readonly events: readonly AnyEvent[]
  readonly service: string
  readonly inbox: InboxTable
  readonly clock: Clock
  readonly stuckAfter: number
  query(sql: string, params: readonly unknown[]): Promise<readonly unknown[]>
  /** The message that brings a command to whoever handles it. */
  send(command: CommandMessage, event: Delivery, idempotencyKey: string): OutboxMessage
  /** Timers that an event sets; those without a key of their own are counted under `key`. */
  scheduling(event: Delivery, key: string, record: (order: TimerOrder) => void): Scheduling
  /** The database's clock. */
  now(): Promise<number>
  /** Executes a command on behalf of an event; answers its reply or refusal. */
  execute(command: CommandMessage, event: Delivery, idempotencyKey: string): Promise<unknown>
  /** Told of each attempt where it is there. */
  readonly spans?: DeliverySpans | undefined
}

/**
 * Calls a subscription's handlers: in order inside a key, keys beside each other. What they record commits with the
 * position; what they do outside is repeated after a crash with the same key.
 */
export function subscriptionHandler(options: SubscriptionOptions): Handler {
  const { subscription, clock, stuckAfter, spans } = options
  const runner = new KeyedRunner()
  const retry = policyOf(subscription)
  const taken = new Set(options.events.map(({ type }) => type).filter((type) => subscription.on[type] !== undefined))
  return keyedHandler(options, {
    handlers: handlerText.subscription(subscription, options.events),
    passes: true,
    entriesOf: (events) =>
      events
        .filter((event) => event.fault !== undefined || taken.has(event.type))
        .map((event) => ({ key: keyOrStream(subscription, event), event })),
    async run(bundle, entries, signal, isReplay) {
      const recorded: Recorded[] = []
      const once = async (event: Delivery): Promise<void> => {
        signal.throwIfAborted()
        if (event.fault !== undefined) throw event.fault
        const record: Recorded = { event, statements: [], outbox: [], timers: [] }
        subscription.key?.(event.data)
        await subscription.on[event.type]!(event.data, effectsOf(options, bundle, record, signal))
        recorded.push(record)
      }
      const apply = (_key: string, event: Delivery, attempt: number): Promise<void> =>
        spans === undefined ? once(event) : spans.handled(event, attempt, once)
      const { concurrency } = subscription
      const limits = { retry, concurrency, stuckAfter: isReplay ? Infinity : stuckAfter, clock, signal }
      const failed = await runner.run(await unseen(options, entries), { ...limits, apply })
      assertHeld(bundle)
      return { unit: await together(options, recorded), failed }
    },
    refused: (keys, refusal) => runner.refused(keys, refusal, stuckAfter),
    committed: () => runner.committed(),
  })
}

/** What the handling of one event leads to; it commits with the position. */
interface Recorded {
  readonly event: Delivery
  readonly statements: Statement[]
  readonly outbox: OutboxMessage[]
  readonly timers: TimerOrder[]
}

/** Without those that a channel has brought before; the log brings each of its events once. */
async function unseen(
  { inbox, service, consumer }: SubscriptionOptions,
  entries: readonly KeyedEvent[],
): Promise<readonly KeyedEvent[]> {
  const keys = entries.flatMap(({ event }) => event.inboxKey ?? [])
  if (keys.length === 0) return entries
  const seen = new Set(await inbox.among(service, consumer, keys))
  return entries.filter(({ event }) => {
    if (event.inboxKey === undefined) return true
    const isNew = !seen.has(event.inboxKey)
    seen.add(event.inboxKey)
    return isNew
  })
}

/** In the order of the events, whichever was done first. */
async function together(
  { service, consumer, now }: SubscriptionOptions,
  recorded: readonly Recorded[],
): Promise<Effects> {
  const inOrder = recorded.toSorted((a, b) => a.event.position - b.event.position)
  return {
    statements: inOrder.flatMap(({ statements }) => statements),
    outbox: inOrder.flatMap(({ outbox }) => outbox),
    timers: await timerWrites(
      inOrder.flatMap(({ timers }) => timers),
      now,
    ),
    inbox: inOrder.flatMap(({ event: { inboxKey: key } }) =>
      key === undefined ? [] : [{ service, consumer, key, fingerprint: '', outcome: '{}' }],
    ),
  }
}

type Effects = Required<Pick<Unit, 'statements' | 'outbox' | 'inbox' | 'timers'>>

function effectsOf(
  options: SubscriptionOptions,
  bundle: Bundle,
  { event, statements, outbox, timers }: Recorded,
  signal: AbortSignal,
): EventEffects {
  const key = `${options.consumer}/${event.meta.id}`
  let executed = 0
  return {
    key,
    signal,
    meta: event.meta,
    tx: {
      run: (sql, params = []) => void statements.push({ sql, params }),
      query: async <R>(sql: string, params: readonly unknown[] = []) =>
        (await options.query(sql, params)) as readonly R[],
    },
    // Its key is constant, so that whoever gets it twice does it once.
    send: (command) => void outbox.push(options.send(command, event, `${key}/sent/${outbox.length + 1}`)),
    ...options.scheduling(event, key, (order) => void timers.push(order)),
    // Counted, so that a handler that executes several commands uses the same keys in the same order each time.
    async execute(command) {
      assertHeld(bundle)
      return (await options.execute(command as CommandMessage, event, `${key}/${++executed}`)) as never
    },
  }
}

/** For handlers that do not heed the signal: whoever has lost a bucket must not act any more. */
function assertHeld(bundle: Bundle): void {
  if (bundle.lost) throw bundle.signal.reason
}

function keyOrStream(subscription: AnySubscription, event: Delivery): string {
  if (subscription.key === undefined || event.fault !== undefined) return event.key
  try {
    return subscription.key(event.data)
  } catch {
    return event.key
  }
}

function policyOf({ retry }: AnySubscription): RetryPolicy {
  const maxAttempts = retry.maxAttempts === 'forever' ? Infinity : retry.maxAttempts
  return {
    maxAttempts,
    firstMs: durationMs(retry.initial),
    factor: retry.factor,
    maxMs: durationMs(retry.max),
    jitter: 0.5,
  }
}
