import { timestampOf } from '../../base/clock.ts'
import { newId } from '../../base/ids.ts'
import { derivedChannelName } from '../../design/composition/derived-channels.ts'
import type { Graph } from '../../design/graph.ts'
import type { ChannelMessage } from '../../ports/broker.ts'
import type { OutboxMessage } from '../../ports/outbox.ts'
import { traceOf } from '../../ports/telemetry.ts'
import type { Origin } from '../log/event-encoding.ts'
import { header, headersText, readHeaders, typeName, unreadable } from './wire.ts'

/** Who waits for the answer of a command, and where. */
export interface ReplyTo {
  readonly channel: string
  /** The key of the answer on that channel. */
  readonly key: string
  /** JSON text that comes back as it is. */
  readonly address: string
}

/** How a command is to be executed for a step of a saga. */
export interface StepTerms {
  /** The key of what this command undoes; null when it undoes nothing. */
  readonly undoes: string | null
  /** After this it is refused; null: it may come at any time. */
  readonly deadlineAtMs: number | null
  /** How long one attempt may last; null: as long as it wants. */
  readonly attemptMs: number | null
  /** Refusals that are kept; null: all of them. */
  readonly finalRefusals: readonly string[] | null
}

/** Terms of a command that no saga has sent: it may come at any time, undoes nothing, and every refusal is kept. */
export const ordinaryTerms: StepTerms = { undoes: null, deadlineAtMs: null, attemptMs: null, finalRefusals: null }

/** A command on its way to the service that handles it. */
export interface SentCommand {
  readonly type: string
  /** JSON text: its data in stored form. */
  readonly data: string
  /** Whoever gets the command twice under the same key does it once. */
  readonly idempotencyKey: string
  /** Orders it among others of its channel. */
  readonly key: string
  readonly origin: Origin
  readonly replyTo?: ReplyTo
  readonly terms?: StepTerms
}

/** The message that brings a command from a service to its owner. */
export function commandMessage(service: string, owner: string, command: SentCommand, nowMs: number): OutboxMessage {
  const { type, data, idempotencyKey, key, origin, replyTo, terms } = command
  const id = newId()
  const headers = headersText({
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: service,
    ce_type: `${owner}.${type}`,
    ce_time: timestampOf(nowMs),
    ce_correlationid: origin.correlationId,
    ce_causationid: origin.causationId,
    'content-type': 'application/json',
    ew_key: idempotencyKey,
    ...traceOf(origin),
    ...(origin.actor !== undefined && { ew_actor: origin.actor }),
    ...(origin.tenant !== undefined && { ew_tenant: origin.tenant }),
    ...(replyTo !== undefined && { ew_replyto: replyTo.channel, ew_replykey: replyTo.key, ew_reply: replyTo.address }),
    ...(terms !== undefined && { ew_terms: JSON.stringify(terms) }),
  })
  return { id, service, channel: derivedChannelName(owner, 'commands'), key, type, headers, value: data }
}

/** What a command orders by on its channel: the stream that it is about, or else its idempotency key. */
export function orderingKey(graph: Graph, type: string, data: unknown, idempotencyKey: string): string {
  const part = graph.commands.get(type)?.part
  return part?.kind === 'aggregate' ? `${part.name}/${part.id(data)}` : idempotencyKey
}

/** A command as its channel brings it. */
export interface ReceivedCommand {
  readonly id: string
  readonly type: string
  readonly idempotencyKey: string
  readonly origin: Origin
  readonly replyTo: ReplyTo | undefined
  readonly terms: StepTerms | undefined
}

/** Reads the headers of a command. Error: EW_MESSAGE_UNREADABLE. */
export function receivedCommand(message: ChannelMessage): ReceivedCommand {
  const headers = readHeaders(message)
  const text = (name: string): string => header(message, headers, name)
  const { traceparent, tracestate, ew_actor: actor, ew_tenant: tenant, ew_replyto: channel, ew_terms: terms } = headers
  const id = text('ce_id')
  return {
    id,
    type: typeName(text('ce_type')),
    idempotencyKey: text('ew_key'),
    origin: {
      correlationId: headers['ce_correlationid'] ?? id,
      causationId: headers['ce_causationid'] ?? id,
      traceparent,
      ...(tracestate !== undefined && { tracestate }),
      actor,
      tenant,
    },
    replyTo: channel === undefined ? undefined : { channel, key: text('ew_replykey'), address: text('ew_reply') },
    terms: terms === undefined ? undefined : readTerms(message, terms),
  }
}

function readTerms(message: ChannelMessage, text: string): StepTerms {
  try {
    const { undoes, deadlineAtMs, attemptMs, finalRefusals } = JSON.parse(text) as StepTerms
    const isText = (value: unknown): boolean => typeof value === 'string'
    const areTerms =
      (undoes === null || isText(undoes)) &&
      (deadlineAtMs === null || Number.isFinite(deadlineAtMs)) &&
      (attemptMs === null || Number.isFinite(attemptMs)) &&
      (finalRefusals === null || (Array.isArray(finalRefusals) && finalRefusals.every(isText)))
    if (areTerms) return { undoes, deadlineAtMs, attemptMs, finalRefusals }
  } catch (cause) {
    throw unreadable(message, 'its terms are no JSON', cause)
  }
  throw unreadable(message, 'its terms are not those of a step')
}
