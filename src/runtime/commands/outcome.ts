import type { AnyCommand } from '../../design/definition.ts'
import type { EventLog } from '../../ports/event-log.ts'
import type { Committed } from '../../ports/unit-of-work.ts'
import { LogEvent } from '../log/event.ts'
import { receiptOf, type Receipt } from './receipt.ts'
import type { WorkingStream } from './unit-of-work.ts'

/** An event that a command has stored. */
export interface AppendedEvent {
  readonly id: string
  readonly type: string
  /** Null in an answer that is repeated after the stream was deleted. */
  readonly data: unknown
  readonly stream: string
  readonly version: number
  readonly position: number
}

/** What a command has led to. */
export interface Executed<R> {
  /** Pass it to a view as `after` to read your own write. */
  readonly receipt: Receipt
  readonly events: readonly AppendedEvent[]
  readonly reply: R
  /** True when this is the first outcome again, because the idempotency key was known. */
  readonly repeated: boolean
}

/** The answer of a command with refusals as values. */
export type Attempted<R, E extends string> =
  | ({ readonly ok: true } & Executed<R>)
  | { readonly ok: false; readonly code: E; readonly detail?: string; readonly repeated: boolean }

/** What the inbox keeps of a command: never positions, since the receipt is rebuilt from the ids. */
export type StoredOutcome =
  | { readonly status: 'done'; readonly reply?: unknown; readonly events: readonly string[] }
  | { readonly status: 'refused'; readonly code: string; readonly detail?: string }

/** What is kept of a command that is done: its reply in stored form and the ids of its events. */
export function doneOutcome(command: AnyCommand, reply: unknown, events: readonly string[]): StoredOutcome {
  return { status: 'done', events, ...(command.reply !== undefined && { reply: command.reply.encode(reply) }) }
}

/** The events of a committed unit with their versions and positions. */
export function appendedEvents(streams: readonly WorkingStream[], outcome: Committed): AppendedEvent[] {
  return streams.flatMap(({ base, pending }, i) => {
    const last = outcome.appends[i]!
    return pending.map(({ message, encoded }, k) => ({
      id: encoded.id,
      type: message.type,
      data: message.data,
      stream: base.stream,
      version: last.version - (pending.length - 1 - k),
      position: last.position - (pending.length - 1 - k),
    }))
  })
}

/** The receipt for events, or for the head of the log where a command stored none. */
export async function receiptFor(storeId: string, log: EventLog, events: readonly AppendedEvent[]): Promise<Receipt> {
  const position = events.length > 0 ? Math.max(...events.map((event) => event.position)) : await log.head(0)
  return receiptOf({ storeId, partition: 0, position, events })
}

/** The first answer of a command, rebuilt from what the inbox kept. */
export async function answerAgain(
  storeId: string,
  log: EventLog,
  command: AnyCommand,
  stored: StoredOutcome,
  definitionOf: (type: string) => LogEvent['definition'],
): Promise<Attempted<unknown, string>> {
  if (stored.status === 'refused') {
    return {
      ok: false,
      code: stored.code,
      repeated: true,
      ...(stored.detail !== undefined && { detail: stored.detail }),
    }
  }
  const places = stored.events.length === 0 ? [] : await log.places(stored.events)
  const found = places.length === 0 ? [] : await log.at(places.map((place) => place.position).sort((a, b) => a - b))
  const events = found.map((each) => {
    const event = new LogEvent(each, definitionOf(each.type))
    return {
      id: each.id,
      type: each.type,
      data: each.deleted ? null : event.data,
      stream: each.stream,
      version: each.version,
      position: each.position,
    }
  })
  const reply = command.reply === undefined ? undefined : command.reply.decode(stored.reply)
  return { ok: true, receipt: await receiptFor(storeId, log, events), events, reply, repeated: true }
}
