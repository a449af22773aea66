import { randomFillSync } from 'node:crypto'
import { systemClock } from './clock.ts'

const pool = Buffer.alloc(8192)
let used = pool.length
let lastMs = 0
let timeText = ''
let counter = 0

/**
 * A new UUIDv7. Ids of one process sort in the order they were made, even inside one millisecond,
 * so that the unique index of event ids grows at its end.
 */
export function newId(): string {
  const now = systemClock.now()
  if (now > lastMs) startMs(now)
  else if (++counter > 0xfff) startMs(lastMs + 1)
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  // The variant of RFC 9562 is the bits 10 at the head of the second half.
  pool[used] = (pool[used]! & 0x3f) | 0x80
  const tail = pool.toString('hex', used, (used += 8))
  return `${timeText}${(0x7000 + counter).toString(16)}-${tail.slice(0, 4)}-${tail.slice(4)}`
}

function startMs(ms: number): void {
  lastMs = ms
  counter = 0
  const digits = ms.toString(16).padStart(12, '0')
  timeText = `${digits.slice(0, 8)}-${digits.slice(8)}-`
}

/** A number in [0, 1) for jitter; never for secrets. */
export function randomUnit(): number {
  return Math.random()
}
