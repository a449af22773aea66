import { avroSchema, type AvroSchema } from '../schema/avro/schema.ts'
import { protobufSchema, type ProtobufNumbers, type ProtobufSchema } from '../schema/protobuf/schema.ts'
import { protobufNumbers } from '../schema/protobuf/numbers.ts'
import type { CarriedMessage, ChannelMessages } from './channel-messages.ts'

/** One schema version of a message in a format that has schemas. */
export type WireSchema = WireSchemaFacts &
  (
    | { readonly schemaType: 'AVRO'; readonly declaration: AvroSchema }
    | { readonly schemaType: 'PROTOBUF'; readonly declaration: ProtobufSchema }
  )

/** What every schema has, whatever its format. */
export interface WireSchemaFacts {
  readonly message: CarriedMessage
  /** From 1. */
  readonly version: number
  /** The full name in the format; that of the message on the wire unless something of it cannot stand in a name. */
  readonly name: string
  /** As a registry gets it. */
  readonly text: string
}

/** A format that has schemas. */
export type SchemaFormat = 'avro' | 'protobuf'

/** The name of a message in the header `ce_type`. */
export function wireTypeOf({ service, type }: CarriedMessage): string {
  return `${service}.${type}`
}

/**
 * A schema version of a message. `published`: the Protobuf numbers of the lock file. Error: EW_SCHEMA_FORM for a message
 * that has no such form.
 */
export function wireSchema(
  format: SchemaFormat,
  message: CarriedMessage,
  version: number,
  published: ProtobufNumbers,
): WireSchema {
  const { type, service, versions } = message
  if (format === 'avro') {
    const declaration = avroSchema(type, versions[version - 1]!, { namespace: service })
    return { schemaType: 'AVRO', declaration, message, version, name: declaration.fullName, text: declaration.text }
  }
  const { numbers } = protobufNumbers(type, versions, published, { assign: false })
  const declaration = protobufSchema({ name: type, versions, version, package: service, numbers })
  return { schemaType: 'PROTOBUF', declaration, message, version, name: declaration.fullName, text: declaration.text }
}

/** All schema versions of all messages of a channel, those of a message in their order; none for one in JSON. */
export function wireSchemas({ format, messages }: ChannelMessages, published: ProtobufNumbers): readonly WireSchema[] {
  if (format === 'json') return []
  return messages.flatMap((message) =>
    message.versions.map((_, index) => wireSchema(format, message, index + 1, published)),
  )
}
