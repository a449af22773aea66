const encoder = new TextEncoder()
const factors = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93] as const
const turns = [15, 16, 17, 18] as const
const laneTurns = [19, 17, 15, 13] as const
const laneSums = [0x561ccd1b, 0x0bcaa747, 0x96cd1c35, 0x32ac3b17] as const

/**
 * MurmurHash3, x86, 128 bit, seed 0, of the text's UTF-8 bytes, as 32 hexadecimal digits.
 *
 * Tells texts apart that nobody made collide on purpose (schemas, request bodies); it is no protection against forgery.
 */
export function fingerprint(text: string): string {
  const bytes = encoder.encode(text)
  const lanes: Lanes = [0, 0, 0, 0]
  const whole = bytes.length & ~15
  for (let index = 0; index < whole; index += 16) mixBlock(lanes, bytes, index)
  mixTail(lanes, bytes, whole)
  finish(lanes, bytes.length)
  return lanes.map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
}

type Lanes = [number, number, number, number]
type Lane = 0 | 1 | 2 | 3

function mixBlock(lanes: Lanes, bytes: Uint8Array, at: number): void {
  for (let index = 0; index < 4; index++) {
    const lane = index as Lane
    const mixed = lanes[lane] ^ scramble(word(bytes, at + lane * 4, 4), lane)
    const sum = rotate(mixed, laneTurns[lane]) + lanes[((lane + 1) & 3) as Lane]
    lanes[lane] = (Math.imul(sum, 5) + laneSums[lane]) | 0
  }
}

function mixTail(lanes: Lanes, bytes: Uint8Array, from: number): void {
  for (let index = 0; index < 4; index++) {
    const lane = index as Lane
    const count = Math.min(4, bytes.length - from - lane * 4)
    if (count > 0) lanes[lane] ^= scramble(word(bytes, from + lane * 4, count), lane)
  }
}

function finish(lanes: Lanes, byteLength: number): void {
  for (let index = 0; index < 4; index++) lanes[index as Lane] ^= byteLength
  spread(lanes)
  for (let index = 0; index < 4; index++) lanes[index as Lane] = avalanche(lanes[index as Lane])
  spread(lanes)
}

function spread(lanes: Lanes): void {
  lanes[0] = (lanes[0] + lanes[1] + lanes[2] + lanes[3]) | 0
  for (let index = 1; index < 4; index++) lanes[index as Lane] = (lanes[index as Lane] + lanes[0]) | 0
}

function scramble(block: number, lane: Lane): number {
  return Math.imul(rotate(Math.imul(block, factors[lane]), turns[lane]), factors[((lane + 1) & 3) as Lane])
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function avalanche(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

function word(bytes: Uint8Array, from: number, count: number): number {
  let value = 0
  for (let index = from + count - 1; index >= from; index--) value = (value << 8) | (bytes[index] as number)
  return value
}
