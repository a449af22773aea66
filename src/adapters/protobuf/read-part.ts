import type { Reader } from 'protobufjs'
import { failure } from '../../base/errors.ts'

/**
 * Reads a value. Errors: EW_MESSAGE_UNREADABLE, and whatever the driver throws for bytes that are cut off. After an
 * error the reader is of no use.
 */
export type Get = (reader: Reader) => unknown

/** Reads what has its length before it, and nothing beyond that. */
export function inside<T>(reader: Reader, get: (reader: Reader) => T): T {
  const length = reader.size()
  const end = reader.pos + length
  const outer = reader.len
  if (end > outer) throw new RangeError(`${length} bytes are announced, and ${outer - reader.pos} are left`)
  reader.len = end
  const value = get(reader)
  if (reader.pos !== end) throw new RangeError('a part does not end where it says')
  reader.len = outer
  return value
}

/** Passes over a field that is not known here; groups in groups only as deep as the driver allows. */
export function skip(reader: Reader, tag: number): void {
  reader.skipType(tag & 7, 0, tag >>> 3)
}

/** Bytes that are no value of the schema. */
export function unreadable(where: string, problem: string): Error {
  return failure('EW_MESSAGE_UNREADABLE', `Bytes of Protobuf cannot be read: ${where} ${problem}.`)
}

/** A field that came in another form than its type has. */
export function wrongWireType(where: string, tag: number): Error {
  return unreadable(where, `comes with wire type ${tag & 7}, which its type does not have`)
}
