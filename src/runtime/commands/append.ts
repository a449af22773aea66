import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { streamHash } from '../../base/hash.ts'
import { newId } from '../../base/ids.ts'
import { streamName } from '../../base/stream-name.ts'
import type { AnyAggregate } from '../../design/aggregate.ts'
import { checkedEvents } from '../../design/decision.ts'
import type { Graph } from '../../design/graph.ts'
import type { EventMessage } from '../../design/message.ts'
import { meets } from '../../ports/decision.ts'
import type { Expected, Loss, Outcome, Unit } from '../../ports/unit-of-work.ts'
import type { CommitQueue } from '../commits/queue.ts'
import { conflictAttempts, conflictPauseMs } from './conflict-retry.ts'
import { encodeEvent, encodeOrigin, type Origin } from '../log/event-encoding.ts'
import type { InlineViews } from '../views/inline-views.ts'
import { receiptOf, type Receipt } from './receipt.ts'
import type { Repository } from './repository.ts'
import { streamClosed } from '../streams/closed.ts'
import { originOf, UnitOfWork } from './unit-of-work.ts'

/** How events are appended without a command. */
export interface AppendOptions {
  /**
   * What the stream's version must be: a number, 'noStream', 'streamExists' or 'any' (default). Otherwise:
   * EW_CONCURRENCY.
   */
  readonly expected?: Expected
  /** UUIDs of the events, one each; the same ids again answer the first outcome. */
  readonly eventIds?: readonly string[]
  readonly correlationId?: string
  readonly causationId?: string
  /** As for a command. */
  readonly traceparent?: string
  readonly tracestate?: string
  readonly actor?: string
  readonly tenant?: string
}

/** Where appended events ended. */
export interface AppendResult {
  readonly receipt: Receipt
  /** Version of the last event. */
  readonly version: number
  /** True when these events were stored before. */
  readonly repeated: boolean
}

/** What appending needs of the runtime. */
export interface AppendContext {
  readonly graph: Graph
  readonly services: ReadonlySet<string>
  readonly storeId: string
  readonly queue: Pick<CommitQueue, 'commit'>
  readonly repository: Repository
  readonly inline: InlineViews
  readonly clock: Clock
  /** How often it is tried when it loses; default 25. */
  readonly attempts?: number
  hasInline(aggregate: AnyAggregate): boolean
}

/** Appends events to a stream of an aggregate, all or none. */
export type AppendEvents = (
  aggregate: AnyAggregate,
  id: string,
  messages: readonly EventMessage[],
  options?: AppendOptions,
) => Promise<AppendResult>

/** One call of `append` on its way through its attempts. */
interface Appending {
  readonly aggregate: AnyAggregate
  readonly id: string
  readonly stream: string
  readonly messages: readonly EventMessage[]
  readonly expected: Expected
  readonly eventIds: readonly string[]
  readonly origin: Origin
}

/**
 * The way in for events that no command decided about: imports, migrations, tests. Where inline views are fed, the
 * expectation becomes an exact version with a retry, since their rows rest on it.
 */
export function appender(context: AppendContext): AppendEvents {
  return async (aggregate, id, messages, options = {}) => {
    const stream = streamName(aggregate.name, id)
    assertAppendable(context, aggregate, stream, messages, options)
    const { expected = 'any', eventIds = messages.map(() => newId()) } = options
    // What nobody names a cause of has begun with its own first event.
    const appending = { aggregate, id, stream, messages, expected, eventIds, origin: originOf(options, eventIds[0]!) }
    const commit = context.hasInline(aggregate) ? withRows : plainly
    const { attempts = conflictAttempts } = context
    for (let attempt = 1; ; attempt++) {
      const outcome = await commit(context, appending)
      if (outcome.ok) return result(context, stream, messages, outcome)
      // Only who lost a race may win the next one; an expectation that is not met now will not be met by waiting.
      const raced = outcome.reason === 'conflict' && meets(expected, outcome.current)
      if (!raced || attempt === attempts) throw lost(outcome, stream, options)
      await context.clock.sleep(conflictPauseMs(attempt))
    }
  }
}

function plainly(context: AppendContext, appending: Appending): Promise<Outcome> {
  const { aggregate, stream, messages, expected, eventIds, origin } = appending
  const meta = encodeOrigin(origin)
  const checked = checkedEvents(aggregate, messages, `append to ${stream}`)
  const events = checked.map((message, i) => encodeEvent(message, stream, meta, context.clock, eventIds[i]))
  return context.queue.commit({ appends: [{ stream, hash: streamHash(stream), partition: 0, expected, events }] })
}

async function withRows(context: AppendContext, appending: Appending): Promise<Outcome> {
  const { aggregate, id, messages, expected, eventIds, origin } = appending
  const work = new UnitOfWork(context.repository, context.clock, origin)
  const { base } = await work.load(aggregate, id)
  work.append(aggregate, id, messages, eventIds)
  const { rows, statements } = await context.inline.writes(work.streams())
  const unit: Unit = { ...work.unit(), rows, statements }
  // An expectation that fails already goes to the store as it is, which also recognises events that were stored before.
  const outcome = await context.queue.commit(
    meets(expected, base.version) ? unit : { appends: unit.appends!.map((append) => ({ ...append, expected })) },
  )
  if (outcome.ok && outcome.replay !== true) work.committed()
  return outcome
}

function result(
  context: AppendContext,
  stream: string,
  messages: readonly EventMessage[],
  outcome: Extract<Outcome, { ok: true }>,
): AppendResult {
  const { version, position } = outcome.appends[0]!
  const before = version - messages.length
  const events = messages.map(({ type }, i) => ({ stream, type, version: before + 1 + i }))
  return {
    receipt: receiptOf({ storeId: context.storeId, partition: 0, position, events }),
    version,
    repeated: outcome.replay === true,
  }
}

function lost(loss: Loss, stream: string, options: AppendOptions): Error {
  if (loss.reason === 'conflict') {
    return failure(
      'EW_CONCURRENCY',
      `${stream} has version ${loss.current}; ${String(options.expected ?? 'any')} was expected.`,
      {
        details: { stream, currentVersion: loss.current },
      },
    )
  }
  if (loss.reason === 'closed') return streamClosed(loss)
  if (loss.reason === 'unique')
    return failure(
      'EW_UNIQUE',
      `${stream} would give a second row of ${loss.table} the same ${loss.columns.join(', ')}.`,
    )
  return failure('EW_IDS', `The event ids for ${stream} are stored in part, or in another stream.`)
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function assertAppendable(
  { graph, services }: AppendContext,
  aggregate: AnyAggregate,
  stream: string,
  messages: readonly EventMessage[],
  { eventIds, expected }: AppendOptions,
): void {
  const owned = graph.aggregates.get(aggregate.name)
  if (owned?.definition !== aggregate || !services.has(owned.service)) {
    throw failure('EW_DESIGN', `${stream} belongs to no service that runs here.`)
  }
  if (messages.length === 0) throw failure('EW_UNIT', `Nothing was given to append to ${stream}.`)
  if (typeof expected === 'number' && !(Number.isSafeInteger(expected) && expected >= 0)) {
    throw failure('EW_UNIT', `${expected} cannot be the version of ${stream}; versions are whole numbers from 0.`)
  }
  if (eventIds === undefined) return
  const counts = [eventIds.length, new Set(eventIds).size]
  if (counts.some((count) => count !== messages.length) || eventIds.some((id) => !uuid.test(id)))
    throw failure('EW_UNIT', `${messages.length} different lower-case UUIDs are needed as event ids for ${stream}.`)
}
