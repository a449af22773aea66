import type { Reader } from 'protobufjs'
import { timestampOf } from '../../base/clock.ts'
import { readInt, readLong } from './long.ts'
import { skip, unreadable, wrongWireType } from './read-part.ts'
import { tagOf } from './wire-type.ts'

/** Reads a `google.protobuf.Timestamp` up to the end of the reader; what is finer than a millisecond is cut off. */
export function readTimestamp(reader: Reader, where: string): string {
  let seconds = 0
  let nanos: number | undefined = 0
  while (reader.pos < reader.len) {
    const tag = reader.tag()
    if (tag === secondsTag) seconds = Number(readLong(reader))
    else if (tag === nanosTag) nanos = readInt(reader)
    else if (tag >>> 3 === 1 || tag >>> 3 === 2) throw wrongWireType(where, tag)
    else skip(reader, tag)
  }
  const known = seconds >= firstSecond && seconds <= lastSecond && nanos !== undefined && nanos >= 0 && nanos < 1e9
  if (!known) throw unreadable(where, 'is no instant of the years 0000 to 9999')
  return timestampOf(seconds * 1000 + Math.floor(nanos! / 1e6))
}

const secondsTag = tagOf(1, 0)
const nanosTag = tagOf(2, 0)
const firstSecond = Date.parse('0000-01-01T00:00:00.000Z') / 1000
const lastSecond = Date.parse('9999-12-31T23:59:59.000Z') / 1000
