import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { nextTick, nextTurn } from '../../base/next-turn.ts'
import type { Store } from '../../ports/store.ts'
import type { CommitLimits } from './limits.ts'
import type { CommitSending, Sent, Waiting } from './sending.ts'
import type { UnitSize } from './unit-check.ts'

/** As many writes are worth a batch of their own while those of the last one are being answered. */
const aheadWrites = 32
/** Of more writes than that, half are worth a batch of their own, so that the other half can be ahead. */
const halvedWrites = 256

interface Sized extends Waiting {
  readonly size: UnitSize
}

/**
 * One batch in flight; the next one fills meanwhile. Where the store works beside this process, a batch that has filled
 * leaves before those of the last one hear of their outcomes, so that neither waits for the other.
 */
export class CommitLane {
  readonly #store: Store
  readonly #clock: Clock
  readonly #limits: CommitLimits
  readonly #sending: CommitSending
  #waiting: Sized[] = []
  /** How much that is to write. */
  #writes = 0
  #running: Promise<void> | undefined

  constructor(store: Store, clock: Clock, limits: CommitLimits, sending: CommitSending) {
    this.#store = store
    this.#clock = clock
    this.#limits = limits
    this.#sending = sending
  }

  /** Error: EW_BUSY when too many wait. */
  add(each: Sized): void {
    if (this.#waiting.length >= this.#limits.waitingUnits)
      throw failure('EW_BUSY', `${this.#waiting.length} units of work wait for the store ${this.#store.name}.`)
    this.#waiting.push(each)
    this.#writes += writesOf(each)
    this.#running ??= this.#run()
  }

  /** Resolves once nothing waits or is in flight. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run(): Promise<void> {
    await this.#others()
    let flight = this.#beginAfresh()
    while (flight !== undefined) {
      const sent: Sent = await flight
      const isWell = !('error' in sent)
      flight = isWell && this.#store.remote && this.#writes >= aheadWrites ? this.#begin() : undefined
      // It is on its way only after this turn; those who hear now will keep the process busy.
      if (flight !== undefined) await nextTurn()
      await this.#sending.settle(sent)
      if (flight !== undefined) continue
      const turnMs = this.#store.turnMs()
      await (turnMs > 0 ? this.#clock.sleep(turnMs) : this.#others())
      flight = this.#beginAfresh()
    }
    this.#running = undefined
  }

  /** Lets others add their units; where commits are carried out here, it lets the event loop have its turn as well. */
  #others(): Promise<void> {
    return this.#store.remote ? nextTick() : nextTurn()
  }

  /** Where nobody is about to be answered, nobody will fill the next batch while this one is on its way. */
  #beginAfresh(): Promise<Sent> | undefined {
    return this.#begin(this.#store.remote && this.#writes >= halvedWrites ? this.#writes / 2 : Infinity)
  }

  #begin(mostWrites = Infinity): Promise<Sent> | undefined {
    if (this.#waiting.length === 0) return undefined
    const count = this.#countOfBatch(mostWrites)
    const batch = this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    for (const each of batch) this.#writes -= writesOf(each)
    return this.#sending.send(batch)
  }

  #countOfBatch(mostWrites: number): number {
    const { batchUnits, batchEvents, batchRows, batchBytes } = this.#limits
    let [count, events, rows, bytes] = [0, 0, 0, 0]
    for (const { size } of this.#waiting) {
      if (count > 0) {
        if (count >= batchUnits || events + rows >= mostWrites || events + size.events > batchEvents) break
        if (rows + size.rows > batchRows || bytes + size.bytes > batchBytes) break
      }
      events += size.events
      rows += size.rows
      bytes += size.bytes
      count++
    }
    return count
  }
}

function writesOf({ size }: Sized): number {
  return size.events + size.rows
}
