import { systemClock } from '../../base/clock.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import type { ChannelMessages } from '../../design/channel-messages.ts'
import { wireTypeOf, type WireSchema } from '../../design/wire-schema.ts'
import type { MessageCodec } from '../../ports/message-codec.ts'
import type { ProtobufNumbers } from '../../schema/protobuf/member.ts'
import type { RegistryClient } from './client.ts'
import { Formats } from './formats.ts'
import { KnownSchemas } from './known-schemas.ts'
import { SchemaCodec, type CodedChannel, type Writer } from './schema-codec.ts'
import { assertSubjects, subjectOf, type SubjectNames } from './subjects.ts'

/** What a codec is made of. */
export interface CodecParts {
  readonly client: RegistryClient
  readonly registry: string
  readonly subjects: SubjectNames
  readonly autoRegister: boolean
  readonly numbers: ProtobufNumbers
}

/** Makes the codec of channels, and finds the ids of everything that is written. */
export async function openCodec(channels: readonly ChannelMessages[], parts: CodecParts): Promise<MessageCodec> {
  const { client, subjects, numbers } = parts
  assertSubjects(subjects, channels)
  const formats = new Formats(numbers)
  const coded = channels.map((channel) => codedChannel(channel, formats, parts))
  for (const format of ['avro', 'protobuf'] as const) {
    if (channels.some((channel) => channel.format === format)) await formats.load(format)
  }
  const written = coded.flatMap(({ messages, writers }) => (messages.written ? [...writers.values()] : []))
  await findIds(written, parts)
  const known = new KnownSchemas((id) => client.byId(id), systemClock)
  return new SchemaCodec(new Map(coded.map((each) => [each.messages.channel, each])), formats, known)
}

function codedChannel(channel: ChannelMessages, formats: Formats, parts: CodecParts): CodedChannel {
  const { format, messages } = channel
  const carried = new Map(messages.map((message) => [wireTypeOf(message), message]))
  const writers = new Map<string, readonly Writer[]>()
  if (format !== 'json') {
    for (const [wireType, message] of carried) {
      const schemas = message.versions.map((_, index) => formats.schema(format, message, index + 1))
      writers.set(
        wireType,
        schemas.map((schema) => writerOf(channel.channel, schema, parts)),
      )
    }
  }
  return { messages: channel, writers, carried }
}

function writerOf(channel: string, schema: WireSchema, parts: CodecParts): Writer {
  const { client, autoRegister, registry } = parts
  const subject = subjectOf(parts.subjects, { channel, name: schema.name })
  const body = { schemaType: schema.schemaType, schema: schema.text }
  let known: Promise<number> | undefined
  const find = async (): Promise<number> => {
    const found = await client.lookup(subject, body)
    if (found !== undefined) return found.id
    if (autoRegister) return client.register(subject, body)
    const what = `The registry ${registry} does not have version ${schema.version} of ${schema.name}`
    throw failure('EW_SCHEMA_UNPUBLISHED', `${what} under the subject ${subject}.`, { details: { subject, channel } })
  }
  return {
    schema,
    id() {
      known ??= find().catch((error: unknown) => {
        known = undefined
        throw error
      })
      return known
    },
  }
}

/** Versions of a message one after the other, since they may have to be registered in their order. */
async function findIds(messages: readonly (readonly Writer[])[], { registry }: CodecParts): Promise<void> {
  const unpublished: Error[] = []
  const left = [...messages]
  const work = async (): Promise<void> => {
    for (let writers = left.shift(); writers !== undefined; writers = left.shift()) {
      for (const writer of writers) {
        try {
          await writer.id()
        } catch (error) {
          if (!isEventwrightError(error, 'EW_SCHEMA_UNPUBLISHED')) throw error
          unpublished.push(error)
        }
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  if (unpublished.length === 0) return
  if (unpublished.length === 1) throw unpublished[0]!
  const missing = unpublished.map((error) => String((error as { details?: { subject?: string } }).details?.subject))
  const list = [...new Set(missing)].sort()
  const some = list.slice(0, 20).join(', ') + (list.length > 20 ? ` and ${list.length - 20} more` : '')
  throw failure('EW_SCHEMA_UNPUBLISHED', `The registry ${registry} lacks schemas of these subjects: ${some}.`, {
    details: { subjects: list },
  })
}
