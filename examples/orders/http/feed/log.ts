import { setTimeout as sleep } from 'node:timers/promises'
import type { Shop } from '../../open.ts'
import { deadLetters } from './dead-letters.ts'
import { readersByService } from './readers.ts'
import type { FeedPart, Piece } from './part.ts'

interface SeenEvent {
  readonly position: number
  readonly type: string
  readonly stream: string
}

const mostEvents = 32
const secondMs = 1_000
const meanSeconds = 5
const mostRates = 60

/** The end of the log, how fast it grows, what reads it and other sources, and what could not be read. */
export class LogPart implements FeedPart {
  readonly #shop: Shop
  #newEvents: SeenEvent[] = []
  #lastEvents: SeenEvent[] = []
  #count = 0
  #secondBeganMs = performance.now()
  #perSecond: readonly number[] = []
  /** The means of the last minute, oldest first. */
  #rates: readonly number[] = []

  /** Follows the log until the signal aborts. */
  constructor(shop: Shop, closing: AbortSignal) {
    this.#shop = shop
    void this.#tail(closing)
  }

  news(): Piece {
    const events = this.#newEvents
    this.#newEvents = []
    this.#lastEvents = [...this.#lastEvents, ...events].slice(-mostEvents)
    return { ...(events.length > 0 && { events }), ...this.#rate() }
  }

  told(): Piece {
    return { events: this.#lastEvents, rates: this.#rates }
  }

  async look(): Promise<Piece> {
    const [readers, dead] = await Promise.all([readersByService(this.#shop), deadLetters(this.#shop)])
    return { readers, deadLetters: dead }
  }

  async #tail(closing: AbortSignal): Promise<void> {
    while (!closing.aborted) {
      try {
        for await (const { position, type, stream } of this.#shop.events.tail({ signal: closing })) {
          this.#count++
          this.#newEvents.push({ position, type, stream })
          if (this.#newEvents.length > mostEvents) this.#newEvents.shift()
        }
        return
      } catch {
        await sleep(secondMs, undefined, { signal: closing, ref: false }).catch(() => undefined)
      }
    }
  }

  /** Once a second a point of the line, as a mean of some seconds. */
  #rate(): Piece {
    const passedMs = performance.now() - this.#secondBeganMs
    // News are asked for four times a second, and each of them may come a little early or late.
    if (passedMs < secondMs - secondMs / 8) return {}
    this.#perSecond = [...this.#perSecond.slice(1 - meanSeconds), (this.#count * secondMs) / passedMs]
    this.#count = 0
    this.#secondBeganMs += passedMs
    const eventsPerSecond = mean(this.#perSecond)
    this.#rates = [...this.#rates.slice(1 - mostRates), eventsPerSecond]
    return { eventsPerSecond }
  }
}

function mean(counts: readonly number[]): number {
  return Math.round(counts.reduce((sum, count) => sum + count, 0) / counts.length)
}
