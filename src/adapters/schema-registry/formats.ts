import { failure } from '../../base/errors.ts'
import { maxJsonDepth, parseJson } from '../../base/json.ts'
import type { CarriedMessage } from '../../design/channel-messages.ts'
import { wireSchema, type SchemaFormat, type WireSchema } from '../../design/wire-schema.ts'
import type { ProtobufNumbers } from '../../schema/protobuf/member.ts'
import { openAvro, type AvroCodec } from '../avro/codec.ts'
import { openProtobuf, type ProtobufCodec } from '../protobuf/codec.ts'
import type { RegisteredSchema } from './client.ts'

/** Bytes of the formats that a registry knows. The packages that they need are loaded when one is met. */
export class Formats {
  readonly #numbers: ProtobufNumbers
  readonly #schemas = new WeakMap<CarriedMessage, Map<string, WireSchema>>()
  #avro: Promise<AvroCodec> | undefined
  #protobuf: Promise<ProtobufCodec> | undefined

  constructor(numbers: ProtobufNumbers) {
    this.#numbers = numbers
  }

  /** Loads what a format needs. Error: EW_DRIVER_MISSING. */
  async load(format: SchemaFormat): Promise<void> {
    await (format === 'avro' ? this.#openAvro() : this.#openProtobuf())
  }

  /** A schema version of a message. Error: EW_SCHEMA_FORM. */
  schema(format: SchemaFormat, message: CarriedMessage, version: number): WireSchema {
    let known = this.#schemas.get(message)
    if (known === undefined) this.#schemas.set(message, (known = new Map()))
    const key = `${format} ${version}`
    let schema = known.get(key)
    if (schema === undefined) known.set(key, (schema = wireSchema(format, message, version, this.#numbers)))
    return schema
  }

  /** Error: EW_MESSAGE_UNWRITABLE. */
  async write({ schemaType, declaration }: WireSchema, json: unknown): Promise<Uint8Array> {
    if (schemaType === 'AVRO') return (await this.#openAvro()).encode(declaration, json)
    return (await this.#openProtobuf()).encode(declaration, json)
  }

  /** The JSON of a schema version of a message, whichever schema it was written with. Error: EW_MESSAGE_UNREADABLE. */
  async read(
    message: CarriedMessage,
    version: number,
    { schemaType, schema: text }: RegisteredSchema,
    payload: Uint8Array,
  ): Promise<unknown> {
    if (schemaType === 'JSON') return jsonOf(payload)
    const schema = this.schema(schemaType === 'AVRO' ? 'avro' : 'protobuf', message, version)
    if (schema.schemaType === 'AVRO') return (await this.#openAvro()).decode(schema.declaration, text, payload)
    return (await this.#openProtobuf()).decode(schema.declaration, text, payload)
  }

  #openAvro(): Promise<AvroCodec> {
    return (this.#avro ??= openAvro())
  }

  #openProtobuf(): Promise<ProtobufCodec> {
    return (this.#protobuf ??= openProtobuf())
  }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), maxJsonDepth)
  } catch (cause) {
    throw failure('EW_MESSAGE_UNREADABLE', 'The value of a message is no JSON, and its schema says that it is.', {
      cause,
    })
  }
}
