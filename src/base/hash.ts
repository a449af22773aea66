import { crc32 } from 'node:zlib'

const encoder = new TextEncoder()

/** MurmurHash3, x86, 32 bit, of the text's UTF-8 bytes: an unsigned integer. A stored hash: it may never change. */
export function murmur3_32(text: string, seed = 0): number {
  let hash = seed | 0
  const length = text.length
  let index = 0
  for (; index + 4 <= length; index += 4) {
    const a = text.charCodeAt(index)
    const b = text.charCodeAt(index + 1)
    const c = text.charCodeAt(index + 2)
    const d = text.charCodeAt(index + 3)
    if ((a | b | c | d) > 0x7f) return murmurOfBytes(encoder.encode(text), seed)
    hash = mixBlock(hash, a | (b << 8) | (c << 16) | (d << 24))
  }
  let tail = 0
  for (let at = length - 1; at >= index; at--) {
    const code = text.charCodeAt(at)
    if (code > 0x7f) return murmurOfBytes(encoder.encode(text), seed)
    tail = (tail << 8) | code
  }
  return finish(index < length ? hash ^ scramble(tail) : hash, length)
}

/** The bucket space of streams and keys: `murmur3_32` of the UTF-8 text with seed 0, reduced to 0 … 1023. */
export function streamHash(stream: string): number {
  return murmur3_32(stream, 0) & 1023
}

/**
 * CRC-32 (the one of zip and PNG) over text parts as UTF-8: an unsigned integer. Parts are separated by U+0000, which
 * no stored text holds, so moving a character from one part to the next changes the sum.
 */
export function checksum(...parts: readonly string[]): number {
  let text = parts[0]!
  for (let index = 1; index < parts.length; index++) text += `\u0000${parts[index]!}`
  return crc32(text)
}

function murmurOfBytes(bytes: Uint8Array, seed: number): number {
  let hash = seed | 0
  const whole = bytes.length & ~3
  for (let index = 0; index < whole; index += 4) hash = mixBlock(hash, littleEndian(bytes, index, 4))
  const rest = bytes.length - whole
  return finish(rest > 0 ? hash ^ scramble(littleEndian(bytes, whole, rest)) : hash, bytes.length)
}

function littleEndian(bytes: Uint8Array, from: number, count: number): number {
  let word = 0
  for (let index = from + count - 1; index >= from; index--) word = (word << 8) | (bytes[index] as number)
  return word
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51)
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
}

function mixBlock(hash: number, block: number): number {
  const mixed = hash ^ scramble(block)
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

function finish(state: number, byteLength: number): number {
  let hash = state ^ byteLength
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
