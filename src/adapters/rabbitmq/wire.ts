import { isUtf8 } from 'node:buffer'
import type { Options } from 'amqplib'
import { isEventwrightError } from '../../base/errors.ts'
import { textFault } from '../../base/text.ts'
import type { ChannelMessage, OutgoingMessage } from '../../ports/broker.ts'
import { undecodedHeader, type MessageCodec } from '../../ports/message-codec.ts'
import { ReceivedMessage } from '../../ports/received-message.ts'

/** A message as it is given to the driver. */
export interface WireMessage {
  readonly body: Buffer
  readonly options: Options.Publish & { readonly messageId: string }
}

/** A message as the driver brings it. */
export interface Arrived {
  readonly content: Buffer
  readonly fields: { readonly routingKey: string; readonly deliveryTag: number }
  readonly properties: {
    readonly headers?: Readonly<Record<string, unknown>> | undefined
    readonly messageId?: unknown
    readonly contentType?: unknown
    readonly timestamp?: unknown
  }
}

/** Where a message stands. */
export interface Place {
  readonly channel: string
  readonly partition: number
  readonly offset: number
}

type Headers = Readonly<Record<string, string>>

const partitionKey = 'cloudEvents:partitionkey'
const sentAt = 'ew_sentms'
const packed = 'ew_packed'
/** More than this, with the names, the tools of the server hardly bear; the protocol ends at 64 KiB to be safe. */
const mostHeaderBytes = 16_384
const mostShortBytes = 255

/** Error: EW_MESSAGE_UNWRITABLE, of the codec. */
export async function encode(
  message: OutgoingMessage,
  codec: MessageCodec | undefined,
  nowMs: number,
): Promise<WireMessage> {
  if (codec === undefined) return encodeText(message, nowMs)
  const { headers, value } = await codec.encode(message)
  return written(message, headers, asBuffer(value), nowMs)
}

/** The same for a message whose value travels as text. */
export function encodeText(message: OutgoingMessage, nowMs: number): WireMessage {
  return written(message, headersOf(message.headers), Buffer.from(message.value), nowMs)
}

/** A message with a value of any bytes; its headers are packed beside it where they do not fit. */
export function written(
  message: OutgoingMessage,
  headers: Headers | undefined,
  value: Buffer,
  nowMs: number,
): WireMessage {
  const table = headers && tableOf(message, headers, nowMs)
  if (table === undefined) return packedMessage(message, headers, value, nowMs)
  return { body: value, options: properties(headers!, nowMs, message.id, table) }
}

/** Never rejects for what stands in the message; only where its schema could not be had, which may be tried again. */
export async function decode(
  arrived: Arrived,
  place: Place,
  codec: MessageCodec | undefined,
  nowMs: number,
): Promise<ChannelMessage> {
  if (codec === undefined) return decodeText(arrived, place, nowMs)
  const message = opened(arrived, place, nowMs)
  const { key, headers: text, value } = message
  const headers = typeof text === 'string' ? (headersOf(text) ?? {}) : text
  try {
    return checked(message, await codec.decode({ channel: place.channel, key, headers, value }))
  } catch (error) {
    if (isEventwrightError(error) && error.retryable) throw error
    return undecoded(message, error instanceof Error ? error.message.slice(0, 500) : String(error))
  }
}

/** The same for a message whose value travels as text. */
export function decodeText(arrived: Arrived, place: Place, nowMs: number): ChannelMessage {
  const message = opened(arrived, place, nowMs)
  const { headers, value } = message
  if (!isUtf8(value)) return undecoded(message, 'its value is not text in UTF-8')
  const text = value.toString()
  if (typeof headers === 'string') return checked(message, { headers, value: text })
  const flaw = textFault(text)
  if (flaw !== null) return undecoded(message, `its text holds ${flaw}`)
  const { key, id, atMs } = message
  return new ReceivedMessage({ ...place, key: clean(key), id: clean(id), atMs, headers, value: text })
}

function checked(message: Opened, { headers, value }: Pick<ChannelMessage, 'headers' | 'value'>): ChannelMessage {
  const flaw = textFault(value) ?? textFault(headers)
  return flaw === null ? placed(message, headers, value) : undecoded(message, `its text holds ${flaw}`)
}

function undecoded(message: Opened, why: string): ChannelMessage {
  const { headers, value } = message
  const known = typeof headers === 'string' ? (headersOf(headers) ?? {}) : headers
  return placed(message, JSON.stringify({ ...known, [undecodedHeader]: why }), value.toString('base64'))
}

function placed({ place, key, id, atMs }: Opened, headers: string, value: string): ChannelMessage {
  const { channel, partition, offset } = place
  return { channel, partition, offset, key: clean(key), id: clean(id), atMs, headers, value }
}

interface Parts {
  readonly key: string
  readonly id: string
  /** As text where it came so. */
  readonly headers: Headers | string
  readonly value: Buffer
}

/** A message of which everything is known but the text of its value. */
interface Opened extends Parts {
  readonly place: Place
  readonly atMs: number
}

/** What the server's properties can say of a message, for its tools and for readers that are none of ours. */
function properties(headers: Headers, nowMs: number, messageId: string, table: Headers): WireMessage['options'] {
  const { 'content-type': contentType, ce_type: type, ce_correlationid: correlationId } = headers
  const options: WireMessage['options'] = {
    persistent: true,
    mandatory: true,
    timestamp: Math.floor(nowMs / 1_000),
    messageId,
    headers: table,
  }
  if (contentType !== undefined && isShort(contentType)) options.contentType = contentType
  if (type !== undefined && isShort(type)) options.type = type
  if (correlationId !== undefined && isShort(correlationId)) options.correlationId = correlationId
  return options
}

/** A message of which something does not fit into properties and headers: all of it stands in the body. */
function packedMessage(
  { id, key, headers: text }: OutgoingMessage,
  headers: Headers | undefined,
  value: Buffer,
  nowMs: number,
): WireMessage {
  const head = Buffer.from(JSON.stringify({ id, key, headers: headers === undefined ? text : JSON.stringify(headers) }))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(head.length)
  const messageId = isShort(id) ? id : `${Buffer.from(id).toString('base64url').slice(0, 200)}`
  return {
    body: Buffer.concat([length, head, value]),
    options: properties({}, nowMs, messageId, { [packed]: '1', [sentAt]: String(nowMs) }),
  }
}

/** Undefined for what only says that it is packed. */
function unpacked(body: Buffer): Parts | undefined {
  if (body.length < 4) return undefined
  const end = 4 + body.readUInt32BE(0)
  if (end > body.length) return undefined
  try {
    const { id, key, headers } = JSON.parse(body.toString('utf8', 4, end)) as Record<string, unknown>
    if (typeof id !== 'string' || typeof key !== 'string' || typeof headers !== 'string') return undefined
    return { id, key, headers, value: body.subarray(end) }
  } catch {
    return undefined
  }
}

function opened(arrived: Arrived, place: Place, nowMs: number): Opened {
  const { content, fields, properties } = arrived
  const { headers: table = {}, messageId, contentType } = properties
  const headers: Record<string, string> = {}
  for (const name in table) {
    const own = ownName(name)
    if (own !== undefined) headers[own] = clean(textOf(table[name]))
  }
  if (typeof contentType === 'string') headers['content-type'] ??= contentType
  const key = table[partitionKey]
  const given: Parts = {
    headers,
    key: typeof key === 'string' ? key : fields.routingKey,
    id: typeof messageId === 'string' && messageId !== '' ? messageId : fallbackId(place, headers),
    value: content,
  }
  const parts = table[packed] === undefined ? given : (unpacked(content) ?? given)
  return { ...parts, place, atMs: sentMs(arrived) ?? nowMs }
}

/** When a message was sent, by the clock of its sender; undefined for one that does not say. */
export function sentMs({ properties: { headers, timestamp: seconds } }: Arrived): number | undefined {
  const sent = headers?.[sentAt]
  if (typeof sent === 'string' && /^\d{1,15}$/.test(sent)) return Number(sent)
  return typeof seconds === 'number' && seconds > 0 && seconds < 1e11 ? Math.floor(seconds) * 1_000 : undefined
}

function fallbackId({ channel, partition, offset }: Place, headers: Headers): string {
  return headers['ce_id'] || `${channel}-${partition}-${offset}`
}

/** Headers that come back as the same text; undefined for any other text. */
export function headersOf(text: string): Headers | undefined {
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined
    const headers = json as Headers
    const names = Object.keys(headers)
    if (!names.every((name) => typeof headers[name] === 'string')) return undefined
    // Quotes, colons and commas, and nothing else beside the texts: that is how it would be written.
    const bytes = names.reduce((sum, name) => sum + name.length + headers[name]!.length + 6, 1)
    if (bytes === text.length && !text.includes('\\')) return headers
    return JSON.stringify(json) === text ? headers : undefined
  } catch {
    return undefined
  }
}

/** The headers of a message as they travel; undefined where something of it does not fit. */
function tableOf({ id, key }: OutgoingMessage, headers: Headers, nowMs: number): Headers | undefined {
  const table: Record<string, string> = { [partitionKey]: key, [sentAt]: String(nowMs) }
  let bytes = 3 * key.length
  for (const name in headers) {
    const wire = wireName(name)
    if (wire === undefined) return undefined
    const text = headers[name]!
    table[wire] = text
    bytes += 3 * (name.length + text.length) + 16
  }
  return bytes <= mostHeaderBytes && id !== '' && isShort(id) ? table : undefined
}

/** What a header is called on its way; undefined for one that could not be told from others there. */
const wireName = remembered((name) => {
  if (name === 'ce_partitionkey' || name === sentAt || name === packed || name === '__proto__') return undefined
  // Names of digits change places in an object.
  if (name.startsWith('x-') || name.startsWith('cloudEvents') || /^\d+$/.test(name)) return undefined
  const wire = name.startsWith('ce_') ? `cloudEvents:${name.slice(3)}` : name
  return isShort(wire) ? wire : undefined
})

/** What a header that came is called here; undefined for what is none of the message. */
const ownName = remembered((name) => {
  if (name === partitionKey || name === sentAt || name === packed || name.startsWith('x-')) return undefined
  // What is set by assignment would be lost under this one name.
  if (name === '__proto__') return undefined
  return /^cloudEvents[:_]/.test(name) ? `ce_${name.slice('cloudEvents:'.length)}` : name
})

const mostNames = 1_000

/** Answers for names that come again and again; strangers cannot make it remember without end. */
function remembered(find: (name: string) => string | undefined): (name: string) => string | undefined {
  const known = new Map<string, string | undefined>()
  return (name) => {
    const answer = known.get(name)
    if (answer !== undefined || known.has(name)) return answer
    const found = find(name)
    if (known.size < mostNames) known.set(name, found)
    return found
  }
}

function isShort(text: string): boolean {
  return text.length <= mostShortBytes / 3 || Buffer.byteLength(text) <= mostShortBytes
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Buffer.isBuffer(value)) return value.toString('utf8')
  try {
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
  } catch {
    return '?'
  }
}

/** Without what no store can hold. */
function clean(text: string): string {
  return textFault(text) === null ? text : text.replaceAll('\u0000', '\ufffd').toWellFormed()
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
