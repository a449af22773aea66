import type { Clock } from '../../base/clock.ts'
import { isEventwrightError, type ErrorCode } from '../../base/errors.ts'
import type { Store } from '../../ports/store.ts'
import type { Loss, Outcome, Unit } from '../../ports/unit-of-work.ts'
import type { CommitLimits } from './limits.ts'
import { settleByIds } from '../log/event-ids.ts'
import { storePauseMs } from '../loop/store-pause.ts'
import { settleRepeated } from './repeated.ts'
import type { StopDeadline } from '../stop-deadline.ts'

/** A unit on its way, and whoever waits for its outcome. */
export interface Waiting {
  readonly unit: Unit
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

/** A batch that came back. */
export type Sent =
  | {
      readonly batch: readonly Waiting[]
      readonly units: readonly Unit[]
      readonly outcomes: readonly Outcome[]
      /** Outcomes of losers that were stored by an earlier attempt. */
      readonly known: ReadonlyMap<Unit, Outcome>
    }
  | { readonly batch: readonly Waiting[]; readonly trial: Trial; readonly error: unknown }

/** What is known of a batch on its way. */
interface Trial {
  /** It was sent before, and nobody knows what became of that. */
  repeated: boolean
}

/** What is told of the batches that were sent. */
export interface SendingEvents {
  sent(units: readonly Unit[]): void
  busy(): void
  /** Something of it was won. */
  won(units: readonly Unit[]): void
}

const concernsAll: readonly ErrorCode[] = ['EW_STORE_FULL', 'EW_STORE_BUSY', 'EW_STORE_UNREACHABLE']

const nothing: ReadonlyMap<Unit, Outcome> = new Map()

function isWon({ ok }: Outcome): boolean {
  return ok
}

/** Sends batches to a store and finds out what became of each of their units. */
export class CommitSending {
  readonly #store: Store
  readonly #clock: Clock
  readonly #limits: CommitLimits
  readonly #events: SendingEvents
  readonly #stop: Pick<StopDeadline, 'atMs'> | undefined
  /** Of batches that were prepared: the store knows its list. */
  readonly #units = new WeakMap<readonly Waiting[], readonly Unit[]>()

  constructor(
    store: Store,
    clock: Clock,
    limits: CommitLimits,
    events: SendingEvents,
    stop?: Pick<StopDeadline, 'atMs'>,
  ) {
    this.#store = store
    this.#clock = clock
    this.#limits = limits
    this.#events = events
    this.#stop = stop
  }

  /** Lets the store get ready for a batch that is going to be sent. */
  prepare(batch: readonly Waiting[]): void {
    const units = batch.map(({ unit }) => unit)
    this.#units.set(batch, units)
    this.#store.prepare?.(units)
  }

  /** Never rejects; nobody has heard of the outcomes before `settle`. */
  async send(batch: readonly Waiting[], trial: Trial = { repeated: false }): Promise<Sent> {
    const units = this.#units.get(batch) ?? batch.map(({ unit }) => unit)
    try {
      const outcomes = await this.#commitPatiently(units, trial)
      this.#events.sent(units)
      const known = outcomes.every(isWon) ? nothing : await this.#secondLook(units, outcomes, trial)
      return { batch, units, outcomes, known }
    } catch (error) {
      return { batch, trial, error }
    }
  }

  /** Tells everybody who waits; where the batch failed, after all that can be done about it: a promise then. */
  settle(sent: Sent): Promise<void> | undefined {
    if ('error' in sent) return this.#recover(sent.batch, sent.trial, sent.error)
    const { batch, units, outcomes, known } = sent
    batch.forEach((each, i) => each.resolve(known.get(each.unit) ?? outcomes[i]!))
    // Whoever waits for an outcome comes after this all the same, since nothing is awaited in between.
    if (outcomes.some(isWon) || known.size > 0) this.#events.won(units)
    return undefined
  }

  async #again(batch: readonly Waiting[], trial: Trial): Promise<void> {
    if (batch.length > 0) await this.settle(await this.send(batch, trial))
  }

  async #secondLook(
    units: readonly Unit[],
    outcomes: readonly Outcome[],
    { repeated }: Trial,
  ): Promise<ReadonlyMap<Unit, Outcome>> {
    const losers = new Map(units.flatMap((unit, i) => (outcomes[i]!.ok ? [] : [[unit, outcomes[i]] as [Unit, Loss]])))
    if (repeated) return losers.size === 0 ? losers : settleRepeated(this.#store, losers)
    const conflicts = [...losers].flatMap(([unit, { reason }]) =>
      reason === 'conflict' || reason === 'closed' ? [unit] : [],
    )
    // Should this read fail, the answer stays what the commit said: a conflict.
    return conflicts.length === 0 ? new Map() : settleByIds(this.#store.log, conflicts).catch(() => new Map())
  }

  async #recover(batch: readonly Waiting[], trial: Trial, error: unknown): Promise<void> {
    try {
      if (isEventwrightError(error, 'EW_IDS_TAKEN')) {
        const known = await settleByIds(
          this.#store.log,
          batch.map(({ unit }) => unit),
        )
        if (known.size === 0) throw error
        for (const { unit, resolve } of batch) if (known.has(unit)) resolve(known.get(unit)!)
        const rest = batch.filter(({ unit }) => !known.has(unit))
        return await this.#again(rest, trial)
      }
      if (batch.length === 1 || concernsAll.some((code) => isEventwrightError(error, code))) throw error
      // Whatever one unit did, or two that bring the same event id, halves tell it from the others.
      const half = batch.length >> 1
      await this.#again(batch.slice(0, half), { ...trial })
      await this.#again(batch.slice(half), { ...trial })
    } catch (final) {
      for (const each of batch) each.reject(final)
    }
  }

  /**
   * Tries again while others hold the lock, or the server cannot be reached. Where the connection broke, the batch may
   * have been stored: the same one is sent again, which nothing of it survives twice.
   */
  async #commitPatiently(units: readonly Unit[], trial: Trial): Promise<readonly Outcome[]> {
    const clock = this.#clock
    const deadline = clock.now() + this.#limits.busyDeadlineMs
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#store.commit(units)
      } catch (error) {
        const unreachable = isEventwrightError(error, 'EW_STORE_UNREACHABLE')
        if (unreachable) trial.repeated = true
        const again = unreachable || isEventwrightError(error, 'EW_STORE_BUSY')
        if (!again || clock.now() >= Math.min(deadline, this.#stop?.atMs() ?? Infinity)) throw error
        this.#events.busy()
        await clock.sleep(storePauseMs(attempt, unreachable))
      }
    }
  }
}
