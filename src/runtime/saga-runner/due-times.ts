import type { Clock } from '../../base/clock.ts'
import type { Signal } from '../../base/signal.ts'
import type { SagaPart, SagaRow, SagaTable } from '../../ports/sagas.ts'
import { Alarm } from '../timers/alarm.ts'

const pageRows = 256

/**
 * When instances have to be looked at. The table is asked only when the time of one may have come, since its owner
 * knows every time that he has written.
 */
export class DueTimes {
  readonly #sagas: SagaTable
  readonly #saga: string
  readonly #clock: Clock
  readonly #wake: Signal
  #alarm: Alarm | undefined
  /** No instance is due earlier; undefined: the table has to be asked. */
  #nextMs: number | undefined

  constructor(sagas: SagaTable, saga: string, clock: Clock, wake: Signal) {
    this.#sagas = sagas
    this.#saga = saga
    this.#clock = clock
    this.#wake = wake
  }

  /** Wakes the runner until this fires; whatever was armed before does so no more. */
  until(stop: AbortSignal): void {
    this.#alarm?.end()
    this.#alarm = new Alarm(this.#clock, this.#wake, stop)
  }

  /**
   * Rows of a part whose time has come, without those that stand apart now; each is answered once for each of its
   * times.
   */
  async rows(nowMs: number, apartNow: () => ReadonlySet<string>, part?: SagaPart): Promise<readonly SagaRow[]> {
    if (this.#nextMs !== undefined && this.#nextMs > nowMs) return []
    const apart = apartNow()
    const limit = pageRows + apart.size
    const rows = await this.#sagas.due(this.#saga, Number.MAX_SAFE_INTEGER, limit, part)
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
    this.#alarm?.set(this.#nextMs ?? nowMs, nowMs)
  }
}
