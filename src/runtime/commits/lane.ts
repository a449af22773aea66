import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { nextTick, nextTurn } from '../../base/next-turn.ts'
import type { Store } from '../../ports/store.ts'
import { batchBeside, choiceOf, nextBatch, streamsOf, writesOf, type BatchChoice, type Sized } from './batch-choice.ts'
import type { CommitLimits } from './limits.ts'
import type { CommitSending } from './sending.ts'

/** As many writes are worth a batch of their own while another one is on its way or being answered. */
const aheadWrites = 16
/** Of more writes than that, which take this process longer than the store, half are worth a batch of their own. */
const halvedWrites = 256

/** A batch on its way. */
class Flight {
  readonly writes: number
  readonly onlyAppends: boolean
  readonly #batch: readonly Sized[]
  #streams: ReadonlySet<string> | undefined

  constructor({ batch, writes }: BatchChoice) {
    this.writes = writes
    this.onlyAppends = batch.every(({ onlyAppends }) => onlyAppends)
    this.#batch = batch
  }

  /** Made for whoever wants to be beside it, which is hardly anybody where little is in flight. */
  get streams(): ReadonlySet<string> {
    return (this.#streams ??= new Set(this.#batch.flatMap(({ unit }) => streamsOf(unit))))
  }
}

/**
 * One batch in flight; the next one fills meanwhile. Where the store works beside this process, a second one with
 * appends to other streams may be on its way, and a batch that has filled leaves before those of the last one hear of
 * their outcomes: so neither the store nor this process waits for the other.
 */
export class CommitLane {
  readonly #store: Store
  readonly #clock: Clock
  readonly #limits: CommitLimits
  readonly #sending: CommitSending
  readonly #flights = new Set<Flight>()
  readonly #whenIdle: (() => void)[] = []
  #waiting: Sized[] = []
  /** How much that is to write. */
  #writes = 0
  /** The first of those that wait, where the store was told that they are the next batch. */
  #ready: readonly Sized[] | undefined
  #isAboutToBegin = false

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
    if (this.#mayPrepare()) this.#prepare()
    if (!this.#isAboutToBegin && this.#mayBegin()) void this.#beginBehindOthers()
  }

  /** Resolves once nothing waits or is in flight. */
  async idle(): Promise<void> {
    if (this.#waiting.length > 0 || this.#flights.size > 0)
      await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
  }

  async #beginBehindOthers(): Promise<void> {
    this.#isAboutToBegin = true
    await this.#others()
    this.#isAboutToBegin = false
    this.#begin()
  }

  /** Lets others add their units; where commits are carried out here, it lets the event loop have its turn as well. */
  #others(): Promise<void> {
    return this.#store.remote ? nextTick() : nextTurn()
  }

  #mayBegin(): boolean {
    if (this.#waiting.length === 0) return false
    if (this.#flights.size === 0) return true
    return this.#store.remote && this.#flights.size === 1 && this.#writes >= aheadWrites
  }

  /** Whether as much waits as is on its way, and nothing of it may leave before that has come back. */
  #mayPrepare(): boolean {
    const [other] = this.#flights
    if (this.#store.prepare === undefined || this.#ready !== undefined) return false
    if (other === undefined || other.onlyAppends) return false
    return this.#writes >= Math.max(aheadWrites, other.writes)
  }

  #prepare(): void {
    this.#ready = nextBatch(this.#waiting, this.#limits).batch
    this.#sending.prepare(this.#ready)
  }

  /** Sends what may be sent; answers whether that was anything. */
  #begin(): boolean {
    let hasBegun = false
    while (this.#mayBegin()) {
      const choice = this.#choice()
      if (choice === undefined) break
      this.#waiting = choice.rest
      this.#writes -= choice.writes
      void this.#fly(choice)
      hasBegun = true
    }
    return hasBegun
  }

  #choice(): BatchChoice | undefined {
    const [other] = this.#flights
    if (other === undefined) return this.#afresh()
    return other.onlyAppends ? this.#beside(this.#waiting, other.streams) : undefined
  }

  /**
   * Where nobody is about to be answered, nobody will fill the next batch: a half that can be ahead is left to it, on
   * its way beside this one or made ready meanwhile. Appends to the same streams can be neither.
   */
  #afresh(): BatchChoice {
    const ready = this.#ready
    this.#ready = undefined
    if (ready !== undefined) return choiceOf(ready, this.#waiting)
    const all = nextBatch(this.#waiting, this.#limits)
    if (!this.#store.remote || this.#writes < 2 * aheadWrites) return all
    const half = nextBatch(this.#waiting, this.#limits, this.#writes / 2)
    const flight = new Flight(half)
    const canBeAhead = flight.onlyAppends
      ? this.#beside(half.rest, flight.streams) !== undefined
      : this.#writes >= halvedWrites
    return canBeAhead ? half : all
  }

  #beside(waiting: readonly Sized[], streams: ReadonlySet<string>): BatchChoice | undefined {
    const beside = batchBeside(waiting, this.#limits, streams)
    return beside !== undefined && beside.writes >= aheadWrites ? beside : undefined
  }

  async #fly(choice: BatchChoice): Promise<void> {
    const flight = new Flight(choice)
    this.#flights.add(flight)
    const sent = await this.#sending.send(choice.batch)
    if (this.#store.remote && !('error' in sent)) {
      this.#flights.delete(flight)
      // What begins is on its way only after this turn; those who hear now will keep the process busy.
      if (this.#writes >= aheadWrites && this.#begin()) await nextTurn()
    }
    const recovering = this.#sending.settle(sent)
    if (recovering !== undefined) await recovering
    const turnMs = this.#store.turnMs()
    if (turnMs > 0) await this.#clock.sleep(turnMs)
    this.#flights.delete(flight)
    if (turnMs > 0) this.#begin()
    else await this.#beginBehindOthers()
    if (this.#flights.size === 0 && this.#waiting.length === 0)
      for (const resolve of this.#whenIdle.splice(0)) resolve()
  }
}
