import type { Clock } from '../../base/clock.ts'
import type { Signal } from '../../base/signal.ts'
import type { SagaRow, SagaTable } from '../../ports/sagas.ts'

const pageRows = 256
const longestSleepMs = 2 ** 31 - 1

/**
 * When instances have to be looked at. The table is asked only when the time of one may have come, since its owner
 * knows every time that he has written.
 */
export class DueTimes {
  readonly #sagas: SagaTable
  readonly #saga: string
  readonly #clock: Clock
  readonly #wake: Signal
  readonly #stop: AbortSignal
  /** No instance is due earlier; undefined: the table has to be asked. */
  #nextMs: number | undefined
  #sleep: { readonly untilMs: number; readonly over: AbortController } | undefined

  constructor(sagas: SagaTable, saga: string, clock: Clock, wake: Signal, stop: AbortSignal) {
    this.#sagas = sagas
    this.#saga = saga
    this.#clock = clock
    this.#wake = wake
    this.#stop = stop
    stop.addEventListener('abort', () => this.#sleep?.over.abort(), { once: true })
  }

  /** Rows whose time has come, without those that stand apart now; each is answered once for each of its times. */
  async rows(nowMs: number, apartNow: () => ReadonlySet<string>): Promise<readonly SagaRow[]> {
    if (this.#nextMs !== undefined && this.#nextMs > nowMs) return []
    const apart = apartNow()
    const limit = pageRows + apart.size
    const rows = await this.#sagas.due(this.#saga, Number.MAX_SAFE_INTEGER, limit)
    const own = rows.filter(({ id }) => !apart.has(id))
    const later = own.findIndex(({ dueAtMs }) => dueAtMs! > nowMs)
    if (later >= 0) this.#nextMs = own[later]!.dueAtMs!
    else this.#nextMs = rows.length === limit ? undefined : Infinity
    return later >= 0 ? own.slice(0, later) : own
  }

  /** An instance has got this time. */
  note(atMs: number | null): void {
    if (atMs !== null && this.#nextMs !== undefined && atMs < this.#nextMs) this.#nextMs = atMs
  }

  /** Some that stood apart do so no longer. */
  askAnew(): void {
    this.#nextMs = undefined
  }

  /** Wakes the runner when the next one is due. */
  arm(nowMs: number): void {
    const untilMs = this.#nextMs ?? nowMs
    if (this.#sleep?.untilMs === untilMs || this.#stop.aborted) return
    this.#sleep?.over.abort()
    this.#sleep = undefined
    if (untilMs === Infinity) return
    const over = new AbortController()
    this.#sleep = { untilMs, over }
    void this.#clock.sleep(Math.min(untilMs - nowMs, longestSleepMs), over.signal).then(() => {
      if (over.signal.aborted) return
      this.#sleep = undefined
      this.#wake.raise()
    })
  }
}
