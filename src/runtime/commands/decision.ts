import { failure } from '../../base/errors.ts'
import type { AnyAggregate } from '../../design/aggregate.ts'
import { declared, decision, isRejection, type Rejection } from '../../design/decision.ts'
import type { AnyCommand } from '../../design/definition.ts'
import type { CommandEntry } from '../../design/graph.ts'
import type { AnyHandler } from '../../design/handle.ts'
import type { CommandMessage } from '../../design/message.ts'
import type { Origin } from '../log/event-encoding.ts'
import type { ExecuteOptions } from './execute-options.ts'
import { handleContext, type DecisionContext } from './handle-context.ts'
import type { UnitOfWork } from './unit-of-work.ts'

/** What a part decided; its events stand in the unit of work. */
export interface Verdict {
  readonly reply: unknown
  readonly rejection: Rejection | undefined
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
  const signal = options.signal ?? new AbortController().signal
  const result = await handler.run(
    command.data,
    handleContext(context, entry.service, { key, attempt: { signal }, origin }, work),
  )
  if (isRejection(result))
    return { reply: undefined, rejection: declared(entry.definition, result, `The handler of ${command.type}`) }
  return { reply: entry.definition.reply?.validate(result), rejection: undefined }
}
