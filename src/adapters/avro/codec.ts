import { errorText } from '../../base/error-text.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import type { AvroSchema } from '../../schema/avro/schema.ts'
import { parseAvro } from '../../schema/avro/parse.ts'
import type { AvroType } from '../../schema/avro/model.ts'
import { boundsCheck, type BoundsCheck } from './bounds.ts'
import { loadAvsc, type Avsc } from './driver.ts'
import { fromAvro } from './from-avro.ts'
import { toAvro } from './to-avro.ts'
import { wireType, type WireType } from './wire-type.ts'

/** Writes and reads Avro bytes. What a schema needs is made once, at its first message. */
export interface AvroCodec {
  /** JSON of a declared message as bytes of its schema. Error: EW_MESSAGE_UNWRITABLE, naming the field. */
  encode(schema: AvroSchema, json: unknown): Uint8Array
  /**
   * Bytes as the JSON of a declared message. `writer` is the text of the schema that they were written with, of a
   * message of the same name; undefined: they were written with its own. Bytes may be anything: memory and time stay
   * within what their length allows. Error: EW_MESSAGE_UNREADABLE, naming the field.
   */
  decode(schema: AvroSchema, writer: string | undefined, bytes: Uint8Array): unknown
}

/** Loads the package `avsc`. Error: EW_DRIVER_MISSING. */
export async function openAvro(): Promise<AvroCodec> {
  const avsc = await loadAvsc()
  const schemas = new Map<string, Compiled>()
  const writers = new WeakMap<AvroSchema, (json: unknown) => Uint8Array>()
  const readers = new WeakMap<AvroSchema, Map<string, Reader>>()
  const compiledOf = (text: string): Compiled => remembered(schemas, text, () => compiled(avsc, text))
  return Object.freeze({
    encode(schema: AvroSchema, json: unknown) {
      let write = writers.get(schema)
      if (write === undefined) {
        write = writerOf(schema, compiledOf(schema.text))
        writers.set(schema, write)
      }
      return write(json)
    },
    decode(schema: AvroSchema, writer: string | undefined, bytes: Uint8Array) {
      let known = readers.get(schema)
      if (known === undefined) readers.set(schema, (known = new Map()))
      const text = writer ?? schema.text
      return remembered(known, text, () => readerOf(schema, compiledOf(text)))(bytes)
    },
  })
}

type Reader = (bytes: Uint8Array) => unknown

interface Compiled {
  readonly model: AvroType
  readonly wire: WireType
  readonly check: BoundsCheck
}

/** More schemas than one system reads; what comes after takes the place of the oldest, so that memory is bounded. */
const maxSchemas = 1000

function remembered<V>(known: Map<string, V>, text: string, make: () => V): V {
  const earlier = known.get(text)
  if (earlier !== undefined) return earlier
  const made = make()
  if (known.size >= maxSchemas) known.delete(known.keys().next().value!)
  known.set(text, made)
  return made
}

function compiled(avsc: Avsc, text: string): Compiled {
  try {
    const model = parseAvro(text, { anyDefaults: true })
    return { model, wire: wireType(avsc, model), check: boundsCheck(model) }
  } catch (cause) {
    const problem = `The schema that a message was written with cannot be used: ${errorText(cause)}`
    throw failure('EW_MESSAGE_UNREADABLE', problem, { cause })
  }
}

function writerOf(schema: AvroSchema, { model, wire }: Compiled): (json: unknown) => Uint8Array {
  const convert = toAvro(schema, model, wire)
  return (json) => wire.type.toBuffer(convert(json))
}

function readerOf(schema: AvroSchema, { model, wire, check }: Compiled): Reader {
  const convert = fromAvro(schema, model, wire)
  return (bytes) => {
    check(bytes)
    return convert(decoded(wire, bytes))
  }
}

function decoded(wire: WireType, bytes: Uint8Array): unknown {
  try {
    return wire.type.fromBuffer(asBuffer(bytes))
  } catch (cause) {
    if (isEventwrightError(cause)) throw cause
    throw failure('EW_MESSAGE_UNREADABLE', `An Avro value cannot be read: ${errorText(cause)}.`, { cause })
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
