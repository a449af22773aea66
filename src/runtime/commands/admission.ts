import { failure } from '../../base/errors.ts'
import { isStorable } from '../../base/text.ts'
import type { CommandEntry, Graph } from '../../design/graph.ts'
import { assertMessage, type CommandMessage } from '../../design/message.ts'
import type { Authorise, ExecuteOptions } from './execute-options.ts'

/** Who may execute what here. */
export interface Admission {
  readonly graph: Graph
  readonly services: ReadonlySet<string>
  readonly authorise: Authorise | undefined
}

/**
 * Lets a command in and answers who handles it. Errors: EW_MESSAGE, EW_UNKNOWN_COMMAND, EW_TEXT, EW_CONFIG,
 * EW_UNAUTHORISED.
 */
export async function admitted(
  { graph, services, authorise }: Admission,
  command: CommandMessage,
  options: ExecuteOptions,
): Promise<CommandEntry> {
  const entry = find(graph, services, command)
  assertOptions(command, entry, options)
  if (authorise !== undefined && (await authorise(command, options)) === false) {
    throw failure('EW_UNAUTHORISED', `${options.actor ?? 'An unnamed actor'} may not execute ${command.type}.`)
  }
  return entry
}

/** Checks a key of the inbox that came from outside. Error: EW_TEXT. */
export function assertKey(command: CommandMessage, key: unknown): void {
  if (typeof key === 'string' && key !== '' && isStorable(key)) return
  throw failure(
    'EW_TEXT',
    `The idempotency key of ${command.type} must be a text with at least one character, without U+0000 and lone surrogates.`,
  )
}

function find(graph: Graph, services: ReadonlySet<string>, command: unknown): CommandEntry {
  assertMessage(command, 'execute')
  const entry = command.kind === 'command' ? graph.commands.get(command.type) : undefined
  if (entry === undefined || !services.has(entry.service)) {
    const where =
      entry === undefined ? 'No part of this system' : `Only the service ${entry.service}, which does not run here,`
    throw failure('EW_UNKNOWN_COMMAND', `${where} handles the ${command.kind} ${command.type}.`, {
      details: { type: command.type },
    })
  }
  if (entry.definition !== command.definition) {
    throw failure(
      'EW_MESSAGE',
      `${command.type} was made by another definition than the one that ${entry.service} handles.`,
    )
  }
  return entry
}

function assertOptions(command: CommandMessage, entry: CommandEntry, options: ExecuteOptions): void {
  if (options.idempotencyKey !== undefined) assertKey(command, options.idempotencyKey)
  if (options.expectedVersion !== undefined && entry.part.kind === 'handler') {
    throw failure(
      'EW_CONFIG',
      `${command.type} is handled by handle(), which may use several streams; expectedVersion is for commands of an aggregate.`,
    )
  }
}
