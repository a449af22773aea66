import * as zlib from 'node:zlib'
import type { Library } from './library.ts'

/** Unpacks what a producer has packed by the way of this number. Rejects what would become too large. */
export type Unpack = (packing: number, bytes: Buffer) => Buffer

/** Nobody's honest batch has as much: producers fill theirs to 1 MB, and topics take 1 to 5 MB of what is packed. */
export const mostUnpackedBytes: number = 32 << 20

const bounds = { maxOutputLength: mostUnpackedBytes }
const [gzip, snappy, lz4, zstd] = [1, 2, 3, 4] as const

/**
 * The ways of Kafka's protocol, each with a bound, since some hundred bytes may say of themselves that they are
 * gigabytes. Errors: one for each that cannot be unpacked; none says anything of the connection.
 */
export function unpacking({ compressionsAlgorithms }: Pick<Library, 'compressionsAlgorithms'>): Unpack {
  const inflate = (bytes: Buffer, by: (bytes: Buffer, within: typeof bounds) => Buffer): Buffer => {
    try {
      return by(bytes, bounds)
    } catch (error) {
      throw (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(bytes) : error
    }
  }
  const unpacked = (how: 'snappy' | 'lz4', bytes: Buffer): Buffer => {
    try {
      return compressionsAlgorithms[how].decompressSync(bytes)
    } catch (cause) {
      // It ends with `unreachable`, whatever was wrong.
      throw new Error(`it is no ${how}`, { cause })
    }
  }
  return (packing, bytes) => {
    switch (packing) {
      case gzip:
        return inflate(bytes, zlib.gunzipSync)
      case zstd:
        return inflate(bytes, zlib.zstdDecompressSync)
      case snappy:
        if (snappyBytes(bytes) > mostUnpackedBytes) throw tooLarge(bytes)
        return unpacked('snappy', bytes)
      case lz4:
        if (mostLz4Bytes(bytes) > mostUnpackedBytes) throw tooLarge(bytes)
        return unpacked('lz4', bytes)
      default:
        throw new Error(`packing ${packing} is not known`)
    }
  }
}

const tooLarge = ({ length }: Buffer): Error =>
  new Error(`${length} bytes would become more than ${mostUnpackedBytes} when they are unpacked`)

const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])

/** What Snappy's blocks say that they become; its decoder takes no block that becomes anything else. */
function snappyBytes(bytes: Buffer): number {
  if (!bytes.subarray(0, xerial.length).equals(xerial)) return snappyBlockBytes(bytes, 0)
  let sum = 0
  for (let at = 16; at + 4 <= bytes.length; at += 4 + bytes.readUInt32BE(at)) sum += snappyBlockBytes(bytes, at + 4)
  return sum
}

function snappyBlockBytes(bytes: Buffer, at: number): number {
  let size = 0
  for (let index = 0; index < 5; index++) {
    const byte = bytes[at + index] ?? 0
    size += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) break
  }
  return size
}

const lz4Magic = 0x184d2204

/** What the blocks of LZ4's frames may become at most; no block becomes more than its frame says that blocks do. */
function mostLz4Bytes(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at + 7 <= bytes.length && bytes.readUInt32LE(at) === lz4Magic;) {
    const [flags, sizes] = [bytes[at + 4]!, bytes[at + 5]!]
    const largest = 2 ** (8 + 2 * ((sizes >> 4) & 7))
    at += 7 + ((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4)
    let isOpen = true
    while (isOpen) {
      if (at + 4 > bytes.length) return sum
      const size = bytes.readUInt32LE(at) % 2 ** 31
      const isStored = bytes.readUInt32LE(at) >= 2 ** 31
      at += 4
      isOpen = size > 0 || isStored
      sum += isStored ? size : Math.min(largest, 255 * size)
      if (isOpen) at += size + ((flags & 16) === 0 ? 0 : 4)
    }
    at += (flags & 4) === 0 ? 0 : 4
  }
  return sum
}
