import { failure } from '../base/errors.ts'

/** The value of a message in the wire format of Confluent's serializers. */
export interface ConfluentFrame {
  /** The id that a registry gave the schema. */
  readonly schemaId: number
  /** What follows the id: the encoded value; of Protobuf with its message index before it. */
  readonly payload: Uint8Array
}

/** A byte 0, the id as four bytes, most significant first, then the payload. */
export function confluentFrame(schemaId: number, payload: Uint8Array): Uint8Array {
  if (!Number.isInteger(schemaId) || schemaId < 0 || schemaId > maxId) {
    throw failure('EW_MESSAGE_UNWRITABLE', `${schemaId} is no id of a schema: expected 0 to ${maxId}.`)
  }
  const frame = new Uint8Array(headBytes + payload.length)
  new DataView(frame.buffer).setInt32(1, schemaId)
  frame.set(payload, headBytes)
  return frame
}

/** The inverse; the payload is a view on the same memory. Error: EW_MESSAGE_UNREADABLE. */
export function readConfluentFrame(bytes: Uint8Array): ConfluentFrame {
  if (bytes.length < headBytes) {
    throw unreadable(`it has ${bytes.length} bytes, and the wire format begins with ${headBytes}`)
  }
  if (bytes[0] !== 0) throw unreadable(`it begins with ${bytes[0]} where the wire format has 0`)
  const schemaId = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(1)
  if (schemaId < 0) throw unreadable(`its schema id is ${schemaId}`)
  return { schemaId, payload: bytes.subarray(headBytes) }
}

/** A Protobuf payload and the place of its message type in its file. */
export interface IndexedPayload {
  /** Places from the outermost message type inwards: `[0]` is the first of the file, `[1, 0]` the first in the second. */
  readonly index: readonly number[]
  readonly payload: Uint8Array
}

/** The message index as Protobuf payloads have it before them: zigzag varints, `[0]` as the single byte 0. */
export function withMessageIndex(index: readonly number[], payload: Uint8Array): Uint8Array {
  const wrong = index.find((place) => !Number.isInteger(place) || place < 0 || place > maxPlace)
  if (wrong !== undefined || index.length === 0 || index.length > maxLevels) {
    throw failure('EW_MESSAGE_UNWRITABLE', `[${index.join(', ')}] is no place of a message type in a file.`)
  }
  const numbers = index.length === 1 && index[0] === 0 ? [0] : [index.length, ...index]
  const head = numbers.flatMap(varint)
  const bytes = new Uint8Array(head.length + payload.length)
  bytes.set(head)
  bytes.set(payload, head.length)
  return bytes
}

/**
 * The inverse. Some producers leave the index out, and the first bytes of their payload may look like one: `accepts` says
 * whether the schema has that message type and the payload is one of it. The index is tried first, then the whole as
 * one of the first message type. Error: EW_MESSAGE_UNREADABLE where neither is accepted.
 */
export function readMessageIndex(bytes: Uint8Array, accepts: (read: IndexedPayload) => boolean): IndexedPayload {
  const whole: IndexedPayload = { index: [0], payload: bytes }
  const read = indexOf(bytes)
  if (read !== undefined && accepts(read)) return read
  if (accepts(whole)) return whole
  throw unreadable(
    read === undefined ? 'its message index is cut off or too long' : 'no message type of its schema fits',
  )
}

const headBytes = 5
const maxId = 2_147_483_647
const maxPlace = 1_000_000
const maxLevels = 32

function varint(value: number): readonly number[] {
  const bytes: number[] = []
  let rest = value * 2
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80)
  return [...bytes, rest]
}

function indexOf(bytes: Uint8Array): IndexedPayload | undefined {
  let at = 0
  const next = (): number | undefined => {
    let [value, factor] = [0, 1]
    for (let size = 1; size <= 5; size++) {
      const byte = bytes[at++]
      if (byte === undefined) return undefined
      value += (byte & 0x7f) * factor
      factor *= 128
      // An odd one is negative, and no place is.
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : undefined
    }
    return undefined
  }
  const levels = next()
  if (levels === undefined || levels > maxLevels) return undefined
  if (levels === 0) return { index: [0], payload: bytes.subarray(at) }
  const index: number[] = []
  while (index.length < levels) {
    const place = next()
    if (place === undefined || place > maxPlace) return undefined
    index.push(place)
  }
  return { index, payload: bytes.subarray(at) }
}

function unreadable(problem: string): Error {
  return failure('EW_MESSAGE_UNREADABLE', `The value of a message is not in Confluent's wire format: ${problem}.`)
}
