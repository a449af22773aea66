import { errorText } from '../../base/error-text.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import { isPlainObject, maxJsonDepth, parseJson, type Json } from '../../base/json.ts'
import type { CarriedMessage, ChannelMessages } from '../../design/channel-messages.ts'
import type { WireSchema } from '../../design/wire-schema.ts'
import type { OutgoingMessage } from '../../ports/broker.ts'
import type { EncodedMessage, MessageCodec } from '../../ports/message-codec.ts'
import { confluentFrame, readConfluentFrame } from '../../schema/confluent-frame.ts'
import type { Formats } from './formats.ts'
import type { KnownSchemas } from './known-schemas.ts'

/** A message as it is written, with the id that the registry gave its schema. */
export interface Writer {
  readonly schema: WireSchema
  /** Errors: EW_SCHEMA_UNPUBLISHED, EW_SCHEMA_REFUSED, EW_REGISTRY_FAILED. */
  id(): Promise<number>
}

/** A channel for the codec. */
export interface CodedChannel {
  readonly messages: ChannelMessages
  /** By name on the wire and schema version; none for a channel in JSON. */
  readonly writers: ReadonlyMap<string, readonly Writer[]>
  /** By name on the wire. */
  readonly carried: ReadonlyMap<string, CarriedMessage>
}

type Headers = Readonly<Record<string, string>>

/** Writes and reads messages by the schemas of a registry. */
export class SchemaCodec implements MessageCodec {
  readonly #channels: ReadonlyMap<string, CodedChannel>
  readonly #formats: Formats
  readonly #known: KnownSchemas

  constructor(channels: ReadonlyMap<string, CodedChannel>, formats: Formats, known: KnownSchemas) {
    this.#channels = channels
    this.#formats = formats
    this.#known = known
  }

  async encode({ channel, key, id, headers: headersText, value }: OutgoingMessage): Promise<EncodedMessage> {
    const headers = headersOf(headersText)
    if (headers === undefined) throw unwritable(channel, id, 'its headers are not an object of texts')
    const coded = this.#channels.get(channel)
    if (coded === undefined || coded.messages.format === 'json') {
      return { channel, key, headers, value: Buffer.from(value) }
    }
    const writer = writerOf(coded, headers)
    if (writer === undefined) {
      const version = headers['ew_schemaversion'] ?? 'no'
      throw unwritable(channel, id, `the channel carries no ${headers['ce_type'] ?? 'message'} of ${version} version`)
    }
    const payload = await this.#formats.write(writer.schema, jsonOf(channel, id, value))
    const contentType = contentTypes[writer.schema.schemaType]
    return {
      channel,
      key,
      headers: { ...headers, 'content-type': contentType },
      value: confluentFrame(await writer.id(), payload),
    }
  }

  async decode({ channel, headers, value }: EncodedMessage): Promise<Pick<OutgoingMessage, 'headers' | 'value'>> {
    const format = formatOf(headers['content-type']) ?? this.#channels.get(channel)?.messages.format ?? 'json'
    if (format === 'json') return { headers: JSON.stringify(headers), value: textOf(value) }
    try {
      return await this.#decode(channel, headers, value)
    } catch (error) {
      if (isEventwrightError(error, 'EW_MESSAGE_UNREADABLE') || (isEventwrightError(error) && error.retryable))
        throw error
      throw failure('EW_MESSAGE_UNREADABLE', `The value of a message cannot be read: ${errorText(error)}`, {
        cause: error,
      })
    }
  }

  async #decode(
    channel: string,
    headers: Headers,
    bytes: Uint8Array,
  ): Promise<Pick<OutgoingMessage, 'headers' | 'value'>> {
    const { schemaId, payload } = readConfluentFrame(bytes)
    const writer = await this.#known.get(schemaId)
    if (writer === undefined) throw unreadable(`the registry has no schema with the id ${schemaId}`)
    if (writer.hasReferences) throw unreadable(`its schema ${schemaId} refers to others, which are not read`)
    const wireType = headers['ce_type']
    const message = wireType === undefined ? undefined : this.#channels.get(channel)?.carried.get(wireType)
    if (message === undefined) return foreign(headers, wireType, bytes)
    const version = versionOf(message, headers['ew_schemaversion'])
    const json = await this.#formats.read(message, version, writer, payload)
    const known = message.kind === 'event' ? { ew_schemaversion: String(version) } : {}
    return { headers: JSON.stringify({ ...headers, ...jsonContent, ...known }), value: JSON.stringify(json ?? null) }
  }
}

/** What a message is that its channel is not declared to carry: whoever reads it passes it over. */
function foreign(
  headers: Headers,
  wireType: string | undefined,
  bytes: Uint8Array,
): Pick<OutgoingMessage, 'headers' | 'value'> {
  if (wireType === undefined) throw unreadable('it has no header ce_type')
  const value = JSON.stringify(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'))
  return { headers: JSON.stringify(headers), value }
}

const contentTypes = { AVRO: 'application/avro', PROTOBUF: 'application/protobuf' } as const
const jsonContent = { 'content-type': 'application/json' } as const

/** What a media type says; undefined when it says nothing that is known. */
function formatOf(contentType: string | undefined): 'json' | 'schema' | undefined {
  const [type = ''] = (contentType ?? '').toLowerCase().split(';')
  if (/^application\/(?:[\w.-]+\+)?json$/.test(type.trim())) return 'json'
  return /avro|protobuf|schemaregistry/.test(type) ? 'schema' : undefined
}

function writerOf({ writers }: CodedChannel, headers: Headers): Writer | undefined {
  const versions = writers.get(headers['ce_type'] ?? '')
  const isEvent = versions?.[0]?.schema.message.kind === 'event'
  return versions?.[isEvent ? Number(headers['ew_schemaversion']) - 1 : 0]
}

/** The writer's version where it is known here, else the newest, to which the rules of the format bring the message. */
function versionOf({ versions }: CarriedMessage, text: string | undefined): number {
  const version = text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : versions.length
  return Math.min(version, versions.length)
}

function headersOf(text: string): Headers | undefined {
  try {
    const headers = parseJson(text, 2)
    const isRecord = isPlainObject(headers) && Object.values(headers).every((value) => typeof value === 'string')
    return isRecord ? (headers as Headers) : undefined
  } catch {
    return undefined
  }
}

function jsonOf(channel: string, id: string, text: string): Json {
  try {
    return parseJson(text, maxJsonDepth)
  } catch (cause) {
    throw unwritable(channel, id, 'its value is no JSON', cause)
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array): string {
  let text: string | undefined
  try {
    text = decoder.decode(bytes)
  } catch {
    // Said below.
  }
  if (text === undefined || text.includes('\u0000')) throw unreadable('it is not text in UTF-8 without U+0000')
  return text
}

function unwritable(channel: string, id: string, why: string, cause?: unknown): Error {
  return failure(
    'EW_MESSAGE_UNWRITABLE',
    `The message ${id.slice(0, 60)} of channel ${channel} cannot be written: ${why}.`,
    {
      details: { channel, id },
      ...(cause !== undefined && { cause }),
    },
  )
}

function unreadable(why: string): Error {
  return failure('EW_MESSAGE_UNREADABLE', `The value of a message cannot be read: ${why}.`)
}
