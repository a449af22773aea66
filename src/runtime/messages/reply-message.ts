import { timestampOf } from '../../base/clock.ts'
import type { Json } from '../../base/json.ts'
import { newId } from '../../base/ids.ts'
import type { ChannelMessage } from '../../ports/broker.ts'
import type { OutboxMessage } from '../../ports/outbox.ts'
import { traceOf } from '../../ports/telemetry.ts'
import type { ReceivedCommand } from './command-message.ts'
import { header, headersText, readHeaders, readValue, unreadable } from './wire.ts'

/** What became of a command: done, with a reply in stored form, or refused. */
export type CommandAnswer =
  { readonly status: 'done'; readonly output?: Json } | { readonly status: 'refused'; readonly code: string }

/** An attempt that came to nothing, told to whoever decides about the next one. */
export interface FailedAttempt {
  readonly status: 'failed'
  readonly error: string
}

/** An answer as it comes back to whoever asked. */
export interface ReceivedReply {
  /** JSON text, as it was given with the command. */
  readonly address: string
  readonly answer: CommandAnswer | FailedAttempt
}

/** The message that brings an answer back; undefined when nobody waits for one. */
export function replyMessage(
  service: string,
  { id: causationId, type, origin, replyTo }: ReceivedCommand,
  answer: CommandAnswer | FailedAttempt,
  nowMs: number,
): OutboxMessage | undefined {
  if (replyTo === undefined) return undefined
  const id = newId()
  const headers = headersText({
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: service,
    ce_type: `${service}.${type}.reply`,
    ce_time: timestampOf(nowMs),
    ce_correlationid: origin.correlationId,
    ce_causationid: causationId,
    'content-type': 'application/json',
    ew_reply: replyTo.address,
    ...traceOf(origin),
  })
  const value = JSON.stringify(answer)
  return { id, service, channel: replyTo.channel, key: replyTo.key, type: `${type}.reply`, headers, value }
}

/** Reads an answer. Error: EW_MESSAGE_UNREADABLE. */
export function receivedReply(message: ChannelMessage): ReceivedReply {
  const address = header(message, readHeaders(message), 'ew_reply')
  const answer = readValue(message)
  if (isAnswer(answer)) return { address, answer }
  throw unreadable(message, 'its value is no answer to a command')
}

function isAnswer(value: unknown): value is ReceivedReply['answer'] {
  if (typeof value !== 'object' || value === null) return false
  const { status, code, error } = value as { status?: unknown; code?: unknown; error?: unknown }
  if (status === 'refused') return typeof code === 'string'
  return status === 'done' || (status === 'failed' && typeof error === 'string')
}
