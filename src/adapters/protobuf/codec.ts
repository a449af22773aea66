import { Buffer } from 'node:buffer'
import { errorText } from '../../base/error-text.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import { readMessageIndex, withMessageIndex } from '../../schema/confluent-frame.ts'
import type { ProtobufSchema } from '../../schema/protobuf/schema.ts'
import { messageAt } from '../../schema/protobuf/find.ts'
import { parseProto, type ParsedProto } from '../../schema/protobuf/parse.ts'
import { loadDriver, type Driver } from './driver.ts'
import { messageReader, type WriterSchema } from './read.ts'
import type { Get } from './read-part.ts'
import { messageWriter } from './write.ts'

/**
 * Writes and reads Protobuf bytes as they follow the schema id: a message index, then the message. What a schema needs
 * is made once, at its first message.
 */
export interface ProtobufCodec {
  /** JSON of a declared message as bytes. Error: EW_MESSAGE_UNWRITABLE, naming the field. */
  encode(schema: ProtobufSchema, json: unknown): Uint8Array
  /**
   * Bytes as the JSON of a declared message. `writer` is the `.proto` text that they were written with: a required
   * field that it does not declare is missing, while without it a reader would take zero for its value. Bytes may be
   * anything: memory and time stay within what their length allows.
   *
   * Fields that the schema does not know are left out; whoever passes a message on keeps its bytes. An enum's number
   * that is none of its values becomes the default. Error: EW_MESSAGE_UNREADABLE, naming the field: cut off, another
   * wire type, such a number where there is no default.
   */
  decode(schema: ProtobufSchema, writer: string | undefined, bytes: Uint8Array): unknown
}

/** Loads the package `protobufjs`. Error: EW_DRIVER_MISSING. */
export async function openProtobuf(): Promise<ProtobufCodec> {
  const driver = await loadDriver()
  const writers = new WeakMap<ProtobufSchema, (json: unknown) => Uint8Array>()
  const readers = new WeakMap<ProtobufSchema, Map<string | undefined, (bytes: Uint8Array) => unknown>>()
  return Object.freeze({
    encode(schema: ProtobufSchema, json: unknown) {
      let write = writers.get(schema)
      if (write === undefined) writers.set(schema, (write = writerOf(driver, schema)))
      return write(json)
    },
    decode(schema: ProtobufSchema, writer: string | undefined, bytes: Uint8Array) {
      let known = readers.get(schema)
      if (known === undefined) readers.set(schema, (known = new Map()))
      let read = known.get(writer)
      if (read === undefined) {
        read = readerOf(driver, schema, writer)
        if (known.size >= maxWriters) known.delete(known.keys().next().value)
        known.set(writer, read)
      }
      return read(bytes)
    },
  })
}

/** More than one message type ever has; what comes after takes the place of the oldest, so that memory is bounded. */
const maxWriters = 1000

const firstMessage = [0]

function writerOf({ Writer }: Driver, { message }: ProtobufSchema): (json: unknown) => Uint8Array {
  const put = messageWriter(message)
  return (json) => {
    const writer = Writer.create()
    put(writer, json)
    return withMessageIndex(firstMessage, writer.finish())
  }
}

function readerOf(driver: Driver, schema: ProtobufSchema, text: string | undefined): (bytes: Uint8Array) => unknown {
  const file = text === undefined ? undefined : parsed(text)
  const known = new Map<string, Get>()
  const getOf = (index: readonly number[]): Get | undefined => {
    const key = index.join('.')
    let get = known.get(key)
    if (get === undefined) {
      const writer = writerAt(file, index, schema.message.name)
      if (writer === null) return undefined
      known.set(key, (get = messageReader(schema.message, writer)))
    }
    return get
  }
  return (bytes) => {
    const { index, payload } = readMessageIndex(bytes, (read) => getOf(read.index) !== undefined)
    return decoded(driver, schema.fullName, getOf(index)!, payload)
  }
}

/** The message at that place of the writer's file; null when it is another one than the one to be read. */
function writerAt(
  file: ParsedProto | undefined,
  index: readonly number[],
  name: string,
): WriterSchema | undefined | null {
  if (file === undefined) return index.length === 1 && index[0] === 0 ? undefined : null
  const path = messageAt(file, index)
  return path?.at(-1)?.name === name ? { file, path } : null
}

function parsed(text: string): ParsedProto {
  try {
    return parseProto(text)
  } catch (cause) {
    const problem = `The schema that a message was written with cannot be used: ${errorText(cause)}`
    throw failure('EW_MESSAGE_UNREADABLE', problem, { cause })
  }
}

function decoded({ Reader }: Driver, name: string, get: Get, payload: Uint8Array): unknown {
  try {
    return get(Reader.create(Buffer.from(payload.buffer, payload.byteOffset, payload.length)))
  } catch (cause) {
    if (isEventwrightError(cause)) throw cause
    throw failure(
      'EW_MESSAGE_UNREADABLE',
      `Bytes of the Protobuf message ${name} cannot be read: ${errorText(cause)}.`,
      {
        cause,
      },
    )
  }
}
