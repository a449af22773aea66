import type { Clock } from '../base/clock.ts'
import { durationMs } from '../base/duration.ts'
import { failure } from '../base/errors.ts'
import type { CommandMessage } from '../design/message.ts'
import type { EventEffects } from '../design/effects.ts'
import type { AnySubscription } from '../design/subscription.ts'
import type { ParkedTable } from '../ports/parked.ts'
import type { Outcome, ParkWrite, Statement, Unit } from '../ports/unit-of-work.ts'
import type { Handler } from './consumer.ts'
import { KeyedRunner, type KeyedEvent, type RetryPolicy } from './keyed-run.ts'
import type { LogEvent } from './log-event.ts'
import type { Bucket } from './ownership.ts'
import { ParkingLot } from './parking.ts'
import { replayParked } from './parked-replay.ts'
import { parkRefused } from './refused-event.ts'

/** What running a subscription needs. */
export interface SubscriptionOptions {
  readonly subscription: AnySubscription
  readonly consumer: string
  readonly parked: ParkedTable
  readonly clock: Clock
  readonly stuckAfter: number
  bucketOf(key: string): number
  eventsAt(positions: readonly number[]): Promise<readonly LogEvent[]>
  commit(bucket: Bucket, unit: Omit<Unit, 'positions'>): Promise<Outcome>
  query(sql: string, params: readonly unknown[]): Promise<readonly unknown[]>
  /** Executes a command on behalf of an event; answers its reply or refusal. */
  execute(command: CommandMessage, event: LogEvent, idempotencyKey: string): Promise<unknown>
}

/**
 * Calls a subscription's handlers: in order inside a key, keys beside each other. What they record commits with the
 * position; what they do outside is repeated after a crash with the same key.
 */
export function subscriptionHandler(options: SubscriptionOptions): Handler {
  const { subscription, consumer, clock } = options
  const lot = new ParkingLot(consumer, options.parked)
  const runner = new KeyedRunner()
  const retry = policyOf(subscription)
  let lastParks: readonly ParkWrite[] = []

  const entriesOf = (bucket: Bucket, events: readonly LogEvent[]): KeyedEvent[] =>
    events
      .filter((event) => subscription.on[event.type] !== undefined)
      .map((event) => ({ key: keyOrStream(subscription, event), event }))
      .filter(({ key }) => options.bucketOf(key) === bucket.bucket)

  const run = async (bucket: Bucket, entries: readonly KeyedEvent[], signal: AbortSignal) => {
    const recorded: { position: number; statement: Statement }[] = []
    const failed = await runner.run(entries, {
      retry,
      concurrency: subscription.concurrency,
      stuckAfter: options.stuckAfter,
      clock,
      signal,
      apply: async (_key, event) => {
        signal.throwIfAborted()
        const statements: Statement[] = []
        subscription.key?.(event.data)
        await subscription.on[event.type]!(event.data, effectsOf(options, bucket, event, statements, signal))
        for (const statement of statements) recorded.push({ position: event.position, statement })
      },
    })
    assertHeld(bucket)
    recorded.sort((a, b) => a.position - b.position)
    return { statements: recorded.map((each) => each.statement), failed }
  }

  return {
    async handle(bucket, events, signal) {
      await lot.load()
      const { free, waits } = lot.divert(entriesOf(bucket, events))
      const { statements, failed } = await run(bucket, free, signal)
      lastParks = [...waits, ...lot.park(bucket, failed)]
      return { statements, parks: lastParks }
    },
    committed() {
      lot.committed(lastParks)
      runner.committed()
    },
    park(bucket, event, refusal) {
      const refused = { entries: entriesOf(bucket, [event]), refusal }
      lastParks = parkRefused(lot, runner, bucket, refused, options.stuckAfter)
      return { parks: lastParks }
    },
    aside: (bucket, signal) =>
      replayParked({
        lot,
        bucket,
        consumer,
        parked: options.parked,
        eventsAt: options.eventsAt,
        commit: options.commit,
        async replay(entries) {
          const { statements, failed } = await run(bucket, entries, signal)
          return { unit: { statements }, failed }
        },
      }),
    reset: () => lot.reset(),
  }
}

function effectsOf(
  options: SubscriptionOptions,
  bucket: Bucket,
  event: LogEvent,
  statements: Statement[],
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
    send() {
      throw failure(
        'EW_DESIGN',
        `${options.consumer} called send(), which needs a channel; use execute() for commands of this process.`,
      )
    },
    // Counted, so that a handler that executes several commands uses the same keys in the same order each time.
    async execute(command) {
      assertHeld(bucket)
      return (await options.execute(command as CommandMessage, event, `${key}/${++executed}`)) as never
    },
  }
}

/** For handlers that do not heed the signal: whoever has lost the bucket must not act any more. */
function assertHeld(bucket: Bucket): void {
  if (bucket.lost) throw bucket.signal.reason
}

function keyOrStream(subscription: AnySubscription, event: LogEvent): string {
  if (subscription.key === undefined) return event.meta.stream
  try {
    return subscription.key(event.data)
  } catch {
    return event.meta.stream
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
