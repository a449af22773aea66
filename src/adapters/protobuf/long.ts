import type { Reader, Writer } from 'protobufjs'

/**
 * Reads a whole number of 64 bits with a sign as decimal text. The driver's own `int64` makes an object of another
 * package, or loses digits where that package is absent.
 */
export function readLong(reader: Reader): string {
  const [low, high] = readParts(reader)
  if (high === low >> 31) return String(low)
  if (high >= -safeHigh && high < safeHigh) return String(high * 4_294_967_296 + (low >>> 0))
  return ((BigInt(high) << 32n) | BigInt(low >>> 0)).toString()
}

/** Reads a whole number that must have 32 bits; undefined for one of more. */
export function readInt(reader: Reader): number | undefined {
  const [low, high] = readParts(reader)
  return high === low >> 31 ? low : undefined
}

/** Writes decimal text as a whole number of 64 bits with a sign. */
export function writeLong(writer: Writer, text: string): void {
  if (text.length < 16) {
    writer.int64(Number(text))
    return
  }
  const bits = BigInt.asUintN(64, BigInt(text))
  writer.int64({ low: Number(bits & 0xffff_ffffn) | 0, high: Number(bits >> 32n) | 0, unsigned: false } as never)
}

const safeHigh = 2 ** 20
const longest = 10

/** Two halves of 32 bits with a sign. */
function readParts(reader: Reader): readonly [low: number, high: number] {
  const { buf, len } = reader
  let [low, high] = [0, 0]
  for (let index = 0; index < longest; index++) {
    if (reader.pos >= len) throw new RangeError('a number is cut off')
    const byte = buf[reader.pos++]!
    const bits = byte & 0x7f
    if (index < 4) low |= bits << (7 * index)
    else if (index === 4) {
      low |= bits << 28
      high |= bits >> 4
    } else high |= bits << (7 * index - 32)
    if (byte < 0x80) return [low, high]
  }
  throw new RangeError('a number has more than ten bytes')
}
