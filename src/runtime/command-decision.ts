import { failure } from '../base/errors.ts'
import { streamName } from '../base/stream-name.ts'
import type { AnyAggregate } from '../design/aggregate.ts'
import { declared, decision, isRejection, type Rejection } from '../design/decision.ts'
import type { AnyCommand } from '../design/definition.ts'
import type { CommandEntry, Graph } from '../design/graph.ts'
import type { AnyHandler } from '../design/handle.ts'
import { assertMessage, type CommandMessage, type EventMessage } from '../design/message.ts'
import type { OutboxMessage } from '../ports/outbox.ts'
import type { Store } from '../ports/store.ts'
import type { Origin } from './event-encoding.ts'
import type { ExecuteOptions } from './execute-options.ts'
import type { UnitOfWork } from './unit-of-work.ts'

/** What a part decided; its events stand in the unit of work. */
export interface Verdict {
  readonly reply: unknown
  readonly rejection: Rejection | undefined
}

/** What deciding needs of the runtime. */
export interface DecisionContext {
  readonly graph: Graph
  readonly store: Store
  /** The message that brings a command to whoever handles it. Errors: EW_DESIGN, EW_CONFIG. */
  send(service: string, command: CommandMessage, idempotencyKey: string, origin: Origin): OutboxMessage
}

/** Lets the aggregate or the handler of a command decide, recording into `work`. */
export async function decide(
  context: DecisionContext,
  entry: CommandEntry,
  command: CommandMessage,
  options: ExecuteOptions,
  origin: Origin,
  work: UnitOfWork,
): Promise<Verdict> {
  if (entry.part.kind === 'aggregate') return decideByAggregate(entry.part, entry.definition, command, options, work)
  return decideByHandler(context, entry.part, entry, command, options, origin, work)
}

async function decideByAggregate(
  aggregate: AnyAggregate,
  definition: AnyCommand,
  command: CommandMessage,
  options: ExecuteOptions,
  work: UnitOfWork,
): Promise<Verdict> {
  const id = aggregate.id(command.data, command.type)
  const { state, base } = await work.load(aggregate, id)
  if (options.expectedVersion !== undefined && options.expectedVersion !== base.version) {
    throw failure(
      'EW_CONCURRENCY',
      `${base.stream} has version ${base.version}; ${command.type} expected ${options.expectedVersion}.`,
      {
        details: { stream: base.stream, currentVersion: base.version },
      },
    )
  }
  const decided = decision(aggregate, definition, aggregate.decide[command.type]!(command.data, state))
  if (decided.rejection === undefined) work.append(aggregate, id, decided.events)
  return decided
}

async function decideByHandler(
  context: DecisionContext,
  handler: AnyHandler,
  entry: CommandEntry,
  command: CommandMessage,
  options: ExecuteOptions,
  origin: Origin,
  work: UnitOfWork,
): Promise<Verdict> {
  const key = options.idempotencyKey ?? origin.causationId
  let sends = 0
  const result = await handler.run(command.data, {
    key,
    signal: options.signal ?? new AbortController().signal,
    meta: { id: origin.causationId, ...origin },
    tx: {
      run: (sql: string, params: readonly unknown[] = []) => work.run(sql, params),
      query: (sql: string, params: readonly unknown[] = []) => context.store.query(sql, params),
    },
    // Its key is constant for all attempts under one idempotency key, so that it has effect once.
    send: (sent: CommandMessage) =>
      work.send(context.send(entry.service, sent, `${key}/sent/${++sends}`, { ...origin, causationId: key })),
    load: (aggregate: AnyAggregate, id: string) => load(context.graph, entry.service, aggregate, id, work),
    append(aggregate: AnyAggregate, id: string, ...events: EventMessage[]) {
      assertOwned(context.graph, entry.service, aggregate, id)
      work.appendUnread(aggregate, id, events)
    },
  })
  if (isRejection(result))
    return { reply: undefined, rejection: declared(entry.definition, result, `The handler of ${command.type}`) }
  return { reply: entry.definition.reply?.validate(result), rejection: undefined }
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
