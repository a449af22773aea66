import { randomFillSync } from 'node:crypto'
import { systemClock } from './clock.ts'

const pool = new Uint8Array(8192)
let used = pool.length
let lastMs = 0
let counter = 0

/**
 * A new UUIDv7. Ids of one process sort in the order they were made, even inside one millisecond,
 * so that the unique index of event ids grows at its end.
 */
export function newId(): string {
  const now = systemClock.now()
  if (now > lastMs) {
    lastMs = now
    counter = 0
  } else if (++counter > 0xfff) {
    lastMs++
    counter = 0
  }
  if (used + 8 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const time = lastMs.toString(16).padStart(12, '0')
  const tail = hexOfNext(8)
  const variant = ((Number.parseInt(tail[0]!, 16) & 0x3) | 0x8).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${tail.slice(1, 4)}-${tail.slice(4)}`
}

/** A number in [0, 1) for jitter; never for secrets. */
export function randomUnit(): number {
  return Math.random()
}

const hex = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

function hexOfNext(bytes: number): string {
  let text = ''
  for (let i = 0; i < bytes; i++) text += hex[pool[used++]!]
  return text
}
