import { randomFillSync } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** What stands in the tables about one event, made by hand as the runtime makes it. */
export interface RawEvent {
  readonly stream: string
  readonly hash: number
  readonly id: string
  readonly checksum: number
  readonly text: string
  readonly meta: string
}

/** The first event of its chain, in schema version 1. */
export function rawEvent(stream: string, type: string, data: unknown, now: number): RawEvent {
  const id = nextId(now)
  const meta = `{"causationId":"${id}","correlationId":"${id}"}`
  const text = JSON.stringify(data)
  const checksum = crc32(`${id}\0${stream}\0${type}\x001\0${text}\0${meta}`)
  return { stream, hash: murmurHash(stream) & 1023, id, checksum, text, meta }
}

const random = Buffer.alloc(8192)
let used = random.length
let counter = 0

/** A UUIDv7; a counter keeps those of one millisecond in order. */
export function nextId(now: number): string {
  if (used === random.length) {
    randomFillSync(random)
    used = 0
  }
  const time = now.toString(16).padStart(12, '0')
  const tail = random.toString('hex', used, (used += 8))
  counter = (counter + 1) & 0xfff
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-a${tail.slice(1, 4)}-${tail.slice(4)}`
}

/** MurmurHash3 of an ASCII text, 32 bit, seed 0. */
export function murmurHash(text: string): number {
  let hash = 0
  const whole = text.length & ~3
  for (let at = 0; at < whole; at += 4) {
    hash ^= scrambled(blockAt(text, at, 4))
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  if (whole < text.length) hash ^= scrambled(blockAt(text, whole, text.length - whole))
  hash ^= text.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function blockAt(text: string, at: number, count: number): number {
  let block = 0
  for (let index = at + count - 1; index >= at; index--) block = (block << 8) | text.charCodeAt(index)
  return block
}

function scrambled(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51)
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
}
