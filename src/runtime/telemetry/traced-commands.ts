import type { Graph } from '../../design/graph.ts'
import type { CommandMessage } from '../../design/message.ts'
import { traceOf, type Span, type Telemetry } from '../../ports/telemetry.ts'
import type { AppendEvents } from '../commands/append.ts'
import type { Commands } from '../commands/commands.ts'
import { causeOf, type ExecuteOptions } from '../commands/execute-options.ts'
import type { Participant } from '../commands/participant.ts'
import { originOf } from '../commands/unit-of-work.ts'
import { appendSpan, commandSpan, names } from './span-names.ts'
import { spanned } from './spans.ts'

/** Tells of each command in a span, from which all comes that it stores and sends; the same without telemetry. */
export function tracedCommands(telemetry: Telemetry | undefined, graph: Graph, commands: Commands): Commands {
  if (telemetry === undefined) return commands
  const { attempt } = commands
  return {
    attempt: (command, options) =>
      executed(telemetry, graph, command, options, async (traced, span) => {
        const answer = await attempt(command, traced)
        if (answer.repeated) span.set({ [names.repeated]: true })
        if (!answer.ok) span.set({ [names.refusal]: answer.code })
        return answer
      }),
  }
}

/** The same for commands that steps of sagas and other services ask for. */
export function tracedParticipant(
  telemetry: Telemetry | undefined,
  graph: Graph,
  participant: Participant,
): Participant {
  if (telemetry === undefined) return participant
  const { execute } = participant
  return {
    execute: (command, request) =>
      executed(telemetry, graph, command, request, async (traced, span) => {
        const answer = await execute(command, traced)
        if (answer.status === 'refused') span.set({ [names.refusal]: answer.code })
        return answer
      }),
  }
}

/** Tells of each call in a span, from which the events come; the same without telemetry. */
export function tracedAppend(telemetry: Telemetry | undefined, append: AppendEvents): AppendEvents {
  if (telemetry === undefined) return append
  return (aggregate, id, messages, options = {}) => {
    const parent = parentOf(telemetry, options)
    const types = Array.isArray(messages) ? [...new Set(messages.map((each) => each?.type))] : []
    return spanned(telemetry, { ...appendSpan(types, options.correlationId), parent }, (span) =>
      append(aggregate, id, messages, { ...options, ...span.trace }),
    )
  }
}

function executed<O extends ExecuteOptions, T>(
  telemetry: Telemetry,
  graph: Graph,
  command: CommandMessage,
  options: O,
  work: (options: O, span: Span) => Promise<T>,
): Promise<T> {
  // It is made here, so that the span can name it.
  const { correlationId, causationId } = originOf(causeOf(options))
  const entry = graph.commands.get(command?.type)
  const start = commandSpan(entry?.service, entry?.definition.type, correlationId)
  return spanned(telemetry, { ...start, parent: parentOf(telemetry, options) }, (span) =>
    work({ ...options, correlationId, causationId, ...span.trace }, span),
  )
}

/** A command says itself what has asked for it; else it is a part of what goes on where it is asked for. */
function parentOf(telemetry: Telemetry, options: Parameters<typeof traceOf>[0]) {
  return options.traceparent === undefined ? telemetry.active() : traceOf(options)
}
