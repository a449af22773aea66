import { isUtf8 } from 'node:buffer'
import type { MessageRecord } from '@platformatic/kafka'
import { isEventwrightError } from '../../base/errors.ts'
import type { ChannelMessage, OutgoingMessage } from '../../ports/broker.ts'
import { ReceivedMessage } from '../../ports/received-message.ts'
import { undecodedHeader, type MessageCodec } from '../../ports/message-codec.ts'
import type { RawRecord } from './fetch.ts'

/** Where a record stands or will stand. */
export interface Place {
  readonly channel: string
  readonly partition: number
}

/** A message as a record has it. */
export interface EncodedRecord {
  readonly key: Buffer
  readonly value: Buffer
  readonly headers: ReadonlyMap<Buffer, Buffer>
  readonly bytes: number
}

/** Names the message where no header of CloudEvents does. */
const idHeader = 'ew_id'
/** The headers as they are, where they cannot be told apart and put together again. */
const rawHeader = 'ew_headers'
const noHeaders: Readonly<Record<string, string>> = {}

/** Writes a message as a record. Error: EW_MESSAGE_UNWRITABLE. */
export function encoded(message: OutgoingMessage, codec?: MessageCodec): EncodedRecord | Promise<EncodedRecord> {
  if (codec !== undefined)
    return codec.encode(message).then(({ key, headers, value }) => record(message, key, headers, Buffer.from(value)))
  return record(message, message.key, plainHeaders(message.headers), Buffer.from(message.value))
}

function record(
  { id, headers: text }: OutgoingMessage,
  key: string,
  headers: Readonly<Record<string, string>> | undefined,
  value: Buffer,
): EncodedRecord {
  const written = new Map<Buffer, Buffer>()
  let bytes = value.length + 64
  const add = (name: string, content: string): void => {
    const pair = [nameBytes(name), Buffer.from(content)] as const
    written.set(...pair)
    bytes += pair[0].length + pair[1].length + 8
  }
  if (headers === undefined) add(rawHeader, text)
  else for (const name of Object.keys(headers)) add(name, headers[name]!)
  if (headers?.['ce_id'] !== id) add(idHeader, id)
  const keyBytes = Buffer.from(key)
  return { key: keyBytes, value, headers: written, bytes: bytes + keyBytes.length }
}

const names = new Map<string, Buffer>()

function nameBytes(name: string): Buffer {
  let bytes = names.get(name)
  if (bytes === undefined) {
    bytes = Buffer.from(name)
    if (names.size < 1_000) names.set(name, bytes)
  }
  return bytes
}

/** The headers by name, if their text comes out of them again as it is. */
function plainHeaders(text: string): Readonly<Record<string, string>> | undefined {
  if (text === '{}') return noHeaders
  let headers: unknown
  try {
    headers = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return undefined
  if (Object.hasOwn(headers, idHeader) || Object.hasOwn(headers, rawHeader)) return undefined
  if (!Object.values(headers).every((value) => typeof value === 'string')) return undefined
  return JSON.stringify(headers) === text ? (headers as Record<string, string>) : undefined
}

/** What a producer of this library takes. */
export function toRecord({ key, value, headers }: EncodedRecord, topic: string, partition: number): MessageRecord {
  return { topic, partition, key, value, headers: headers as Map<Buffer, Buffer> }
}

/** A record with its key and headers as texts. It is kept in place of them, which are dozens of pieces of memory. */
export interface OpenedRecord extends Omit<RawRecord, 'key' | 'headers'> {
  readonly key: string
  readonly id: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly rawHeaders: string | undefined
}

/** Reads a record, whoever has written it. Rejects only when a schema cannot be had now. */
export function decoded(place: Place, raw: RawRecord, codec?: MessageCodec): ChannelMessage | Promise<ChannelMessage> {
  return messageOf(place, opened(raw), codec)
}

/** Reads all of a record but its value. Of a header that is repeated the last counts, as with Kafka's own client. */
export function opened(raw: RawRecord): OpenedRecord {
  const { offset, atMs, key, value, bytes, headers: pairs, fault } = raw
  const headers: Record<string, string> = {}
  let id: string | undefined
  let rawHeaders: string | undefined
  for (let place = 0; place < pairs.length; place++) {
    const [named, content] = pairs[place]!
    const name = named === null ? '' : nameOf(named, place)
    const text = content === null ? '' : textOf(content)
    if (name === idHeader) id = text
    else if (name === rawHeader) rawHeaders = text
    else if (name !== '__proto__') headers[name] = text
    // By assignment it would be lost.
    else Object.defineProperty(headers, name, { value: text, enumerable: true, configurable: true, writable: true })
  }
  const record = {
    offset,
    atMs,
    value,
    bytes,
    key: key === null ? '' : textOf(key),
    id: id || undefined,
    headers,
    rawHeaders,
  }
  return fault === undefined ? record : { ...record, fault }
}

/** Reads the value of a record too. Rejects only when a schema cannot be had now. */
export function messageOf(
  { channel, partition }: Place,
  { offset, atMs, key, id, headers, rawHeaders, value: bytes, fault }: OpenedRecord,
  codec?: MessageCodec,
): ChannelMessage | Promise<ChannelMessage> {
  const ownId = id ?? headers['ce_id'] ?? `${channel}-${partition}-${offset}`
  const message = (headersText: string, value: string): ChannelMessage => {
    return { channel, partition, offset, atMs, key, id: ownId, headers: headersText, value }
  }
  const plain = (value: string): ChannelMessage =>
    rawHeaders === undefined
      ? new ReceivedMessage({ channel, partition, offset, atMs, key, id: ownId, headers, value })
      : message(rawHeaders, value)
  if (fault !== undefined) {
    // Of many keys; under one of their own they hold nobody up, and are no line for each other.
    const told = message(JSON.stringify({ [undecodedHeader]: fault }), bytes!.toString('base64'))
    return { ...told, key: `batch/${told.id}` }
  }
  // A tombstone is null in JSON as well.
  if (bytes === null) return plain('null')
  const unread = (why: string): ChannelMessage =>
    message(JSON.stringify({ ...headers, [undecodedHeader]: why }), bytes.toString('base64'))
  if (codec === undefined) {
    const value = plainText(bytes)
    if (value === undefined) return unread('its value is not text in UTF-8 without U+0000')
    return plain(value)
  }
  return codec.decode({ channel, key, headers, value: bytes }).then(
    (read) => message(read.headers, read.value),
    (error: unknown) => {
      if (isEventwrightError(error) && error.retryable) throw error
      return unread(error instanceof Error ? error.message : String(error))
    },
  )
}

const mostNames = 100
/** The names that the last record had, by their places: the next one mostly has the same. */
const lastNames: { readonly bytes: Buffer; readonly text: string }[] = []

function nameOf(bytes: Buffer, place: number): string {
  const last = lastNames[place]
  if (last?.bytes.equals(bytes) === true) return last.text
  const text = textOf(bytes)
  if (place < mostNames) lastNames[place] = { bytes: Buffer.from(bytes), text }
  return text
}

/** Text, or what stands for bytes that are none. */
function textOf(bytes: Buffer): string {
  return plainText(bytes) ?? `base64:${bytes.toString('base64')}`
}

/** Undefined for what is no text in UTF-8, of which nothing is left but U+FFFD, or holds U+0000. */
function plainText(bytes: Buffer): string | undefined {
  const text = bytes.toString()
  if (text.includes('\u0000')) return undefined
  return text.includes('\ufffd') && !isUtf8(bytes) ? undefined : text
}
