import { failure } from '../../base/errors.ts'
import { streamName } from '../../base/stream-name.ts'
import type { AnyAggregate } from '../../design/aggregate.ts'
import { decision } from '../../design/decision.ts'
import type { Graph } from '../../design/graph.ts'
import type { HandleContext } from '../../design/handle.ts'
import { assertMessage, type CommandMessage, type EventMessage } from '../../design/message.ts'
import type { OutboxMessage } from '../../ports/outbox.ts'
import type { Store } from '../../ports/store.ts'
import type { Origin } from '../log/event-encoding.ts'
import { scheduling } from '../timers/schedule.ts'
import type { UnitOfWork } from './unit-of-work.ts'

/** What commands read. */
export type CommandStore = Pick<Store, 'storeId' | 'broker' | 'log' | 'inbox' | 'snapshots' | 'query' | 'now'>

/** What deciding needs of the runtime. */
export interface DecisionContext {
  readonly graph: Graph
  readonly store: CommandStore
  /** The message that brings a command to whoever handles it. Errors: EW_DESIGN, EW_CONFIG. */
  send(service: string, command: CommandMessage, idempotencyKey: string, origin: Origin): OutboxMessage
}

/** For whom something is recorded. */
export interface Recorder {
  /** The same for every attempt. */
  readonly key: string
  /** Its signal is asked for by whoever needs it. */
  readonly attempt: { readonly signal: AbortSignal }
  readonly origin: Origin
}

/** What a handler with effects gets: reads now, and records into `work` what commits together. */
export function handleContext(
  context: DecisionContext,
  service: string,
  { key, attempt, origin }: Recorder,
  work: UnitOfWork,
): HandleContext {
  let sends = 0
  const cause = { ...origin, causationId: key }
  const recording = {
    key,
    get signal() {
      return attempt.signal
    },
    meta: { id: origin.causationId, ...origin },
    tx: {
      run: (sql: string, params: readonly unknown[] = []) => work.run(sql, params),
      query: (sql: string, params: readonly unknown[] = []) => context.store.query(sql, params),
    },
    // Its key is constant for all attempts under one idempotency key, so that it has effect once.
    send: (sent: CommandMessage) => work.send(context.send(service, sent, `${key}/sent/${++sends}`, cause)),
    ...scheduling(context, { service, key, origin: cause }, (order) => work.schedule(order)),
    load: (aggregate: AnyAggregate, id: string) => load(context.graph, service, aggregate, id, work),
    append(aggregate: AnyAggregate, id: string, ...events: EventMessage[]) {
      assertOwned(context.graph, service, aggregate, id)
      work.appendUnread(aggregate, id, events)
    },
  }
  return recording as unknown as HandleContext
}

async function load(
  graph: Graph,
  service: string,
  aggregate: AnyAggregate,
  id: string,
  work: UnitOfWork,
): Promise<unknown> {
  assertOwned(graph, service, aggregate, id)
  const stream = await work.load(aggregate, id)
  return {
    get state() {
      return stream.state
    },
    get version() {
      return stream.base.version + stream.pending.length
    },
    execute(command: CommandMessage) {
      assertMessage(command, `execute on ${stream.base.stream}`)
      const decider = aggregate.decide[command.type]
      if (decider === undefined)
        throw failure('EW_UNKNOWN_COMMAND', `${aggregate.name} does not decide about ${command.type}.`)
      const decided = decision(aggregate, command.definition, decider(command.data, stream.state))
      if (decided.rejection !== undefined) return decided.rejection
      work.append(aggregate, id, decided.events)
      return decided.reply
    },
    append: (...events: EventMessage[]) => work.append(aggregate, id, events),
  }
}

function assertOwned(graph: Graph, service: string, aggregate: AnyAggregate, id: string): void {
  const owned = graph.aggregates.get(aggregate.name)
  if (owned?.definition === aggregate && owned.service === service) return
  throw failure(
    'EW_DESIGN',
    `The service ${service} used ${streamName(aggregate.name, id)}, whose category it does not own.`,
  )
}
