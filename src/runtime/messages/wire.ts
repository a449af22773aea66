import { failure } from '../../base/errors.ts'
import { parseJson } from '../../base/json.ts'
import type { ChannelMessage, OutgoingMessage } from '../../ports/broker.ts'
import { undecodedHeader } from '../../ports/message-codec.ts'
import { ReceivedMessage } from '../../ports/received-message.ts'
import { assertNotGone } from './gone-messages.ts'
import type { MessageFacts } from '../../ports/parked.ts'

/**
 * The headers of every message, CloudEvents 1.0.2 in binary mode with our extensions: texts by name. What is absent is
 * unknown.
 */
export interface WireHeaders {
  readonly ce_specversion: '1.0'
  /** The event's id, or the message's. */
  readonly ce_id: string
  /** The service that has sent it. */
  readonly ce_source: string
  /** `<service>.<Type>`. */
  readonly ce_type: string
  /** Business time of an event, time of sending of anything else. */
  readonly ce_time: string
  readonly ce_subject?: string
  readonly ce_correlationid?: string
  readonly ce_causationid?: string
  readonly traceparent?: string
  readonly tracestate?: string
  readonly 'content-type': 'application/json'
  readonly [extension: `ew_${string}`]: string
}

/** The headers of a message as it came. */
export type ReadHeaders = Readonly<Record<string, string>>

/** Writes headers as the text that a message carries; members that are undefined are left out. */
export function headersText(headers: WireHeaders): string {
  return JSON.stringify(headers)
}

/**
 * Reads the headers of a message whose value can be read too. Errors: EW_MESSAGE_UNREADABLE, for one that could not
 * be decoded where it came in as well, EW_MESSAGES_GONE.
 */
export function readHeaders(message: ChannelMessage | OutgoingMessage): ReadHeaders {
  const headers = bareHeaders(message)
  const undecoded = headers[undecodedHeader]
  if (undecoded !== undefined) throw unreadable(message, `its value is kept as it came, in base64: ${undecoded}`)
  return headers
}

/** The headers of a message, whatever its value is. Errors: EW_MESSAGE_UNREADABLE, EW_MESSAGES_GONE. */
export function bareHeaders(message: ChannelMessage | OutgoingMessage): ReadHeaders {
  const known = ReceivedMessage.headersOf(message)
  if (known !== undefined) {
    assertNotGone(message, known)
    return known
  }
  const json = readJson(message, 'headers', message.headers)
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    if (Object.values(json).every((value) => typeof value === 'string')) {
      assertNotGone(message, json as ReadHeaders)
      return json as ReadHeaders
    }
  }
  throw unreadable(message, 'its headers are not an object of texts')
}

/** A header that must be there. Error: EW_MESSAGE_UNREADABLE. */
export function header(message: ChannelMessage, headers: ReadHeaders, name: string): string {
  const value = headers[name]
  if (value === undefined || value === '') throw unreadable(message, `it has no header ${name}`)
  return value
}

/** The value of a message. Error: EW_MESSAGE_UNREADABLE. */
export function readValue(message: ChannelMessage): unknown {
  return readJson(message, 'value', message.value)
}

/** The name of the type without the service in front of it. */
export function typeName(wireType: string): string {
  return wireType.slice(wireType.lastIndexOf('.') + 1)
}

/** What the headers of a message tell, as far as they can be read. */
export function messageFacts(message: OutgoingMessage): MessageFacts {
  const headers = tolerantHeaders(message)
  const { ce_type: wireType, ce_correlationid: correlationId = null, ew_schemaversion: version = '' } = headers
  const schemaVersion = /^[1-9]\d{0,14}$/.test(version) ? Number(version) : null
  return { id: message.id, type: wireType === undefined ? null : ownName(wireType), schemaVersion, correlationId }
}

/** The headers of a message as far as they can be read; never throws. */
export function tolerantHeaders(message: OutgoingMessage): ReadHeaders {
  try {
    return bareHeaders(message)
  } catch {
    return {}
  }
}

/** The answer to a command has the name of the command in it. */
function ownName(wireType: string): string {
  const command = wireType.endsWith(replySuffix) ? wireType.slice(0, -replySuffix.length) : undefined
  return command === undefined ? typeName(wireType) : `${typeName(command)}${replySuffix}`
}

const replySuffix = '.reply'

/** Says of a message that it cannot be read, and where it is. */
export function unreadable({ channel, id }: OutgoingMessage, why: string, cause?: unknown): Error {
  return failure(
    'EW_MESSAGE_UNREADABLE',
    `The message ${id.slice(0, 60)} of channel ${channel} cannot be read: ${why}.`,
    {
      details: { channel, id },
      ...(cause !== undefined && { cause }),
    },
  )
}

const deepest = 100

function readJson(message: OutgoingMessage, what: string, text: string): unknown {
  try {
    return parseJson(text, deepest)
  } catch (cause) {
    throw unreadable(message, `its ${what} are no JSON`, cause)
  }
}
