import type { Unit } from '../../ports/unit-of-work.ts'
import type { CommitLimits } from './limits.ts'
import type { Waiting } from './sending.ts'
import type { UnitSize } from './unit-check.ts'

/** A unit that waits, with what bounds a batch. */
export interface Sized extends Waiting {
  readonly size: UnitSize
  /** It appends and does nothing else, so that nothing but the order within its streams matters. */
  readonly onlyAppends: boolean
}

/** The units of the next batch, and those that go on waiting, both in their order. */
export interface BatchChoice {
  readonly batch: readonly Sized[]
  readonly rest: Sized[]
  readonly writes: number
}

/** The first units within the limits; at least one. */
export function nextBatch(waiting: readonly Sized[], limits: CommitLimits, mostWrites: number = Infinity): BatchChoice {
  const room = new Room(limits, mostWrites)
  let count = 0
  while (count < waiting.length && room.takes(waiting[count]!.size)) count++
  return { batch: waiting.slice(0, count), rest: waiting.slice(count), writes: room.writes }
}

/** What was chosen before, and what waits behind it now. */
export function choiceOf(batch: readonly Sized[], waiting: readonly Sized[]): BatchChoice {
  const writes = batch.reduce((sum, each) => sum + writesOf(each), 0)
  return { batch, rest: waiting.slice(batch.length), writes }
}

/**
 * Units that may be on their way beside a batch that appends to the `busy` streams: those before the first that does
 * more than append, without those that touch such a stream or come behind one that waits for it.
 */
export function batchBeside(
  waiting: readonly Sized[],
  limits: CommitLimits,
  busy: Iterable<string>,
): BatchChoice | undefined {
  const room = new Room(limits, Infinity)
  const taken = new Set(busy)
  const batch: Sized[] = []
  const later: Sized[] = []
  let at = 0
  for (; at < waiting.length && later.length <= limits.batchUnits; at++) {
    const each = waiting[at]!
    if (!each.onlyAppends) break
    if (streamsOf(each.unit).some((stream) => taken.has(stream))) {
      later.push(each)
      for (const stream of streamsOf(each.unit)) taken.add(stream)
    } else if (room.takes(each.size)) batch.push(each)
    else break
  }
  if (batch.length === 0) return undefined
  return { batch, rest: [...later, ...waiting.slice(at)], writes: room.writes }
}

/** How much that is to write. */
export function writesOf({ size }: Sized): number {
  return size.events + size.rows
}

/** The streams that a unit appends to. */
export function streamsOf({ appends = [] }: Unit): readonly string[] {
  return appends.map(({ stream }) => stream)
}

/** What still fits into a batch. */
class Room {
  readonly #limits: CommitLimits
  readonly #mostWrites: number
  #units = 0
  #events = 0
  #rows = 0
  #bytes = 0

  constructor(limits: CommitLimits, mostWrites: number) {
    this.#limits = limits
    this.#mostWrites = mostWrites
  }

  get writes(): number {
    return this.#events + this.#rows
  }

  /** Takes it where there is room; the first one always. */
  takes({ events, rows, bytes }: UnitSize): boolean {
    const { batchUnits, batchEvents, batchRows, batchBytes } = this.#limits
    if (this.#units > 0) {
      if (this.#units >= batchUnits || this.writes >= this.#mostWrites) return false
      if (this.#events + events > batchEvents || this.#rows + rows > batchRows) return false
      if (this.#bytes + bytes > batchBytes) return false
    }
    this.#units++
    this.#events += events
    this.#rows += rows
    this.#bytes += bytes
    return true
  }
}
