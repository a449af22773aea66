import type { EventLog } from '../../ports/event-log.ts'
import type { SagaRow, SagaTable } from '../../ports/sagas.ts'
import type { Store } from '../../ports/store.ts'
import type { Origin } from '../log/event-encoding.ts'

/** An instance as its row has it. */
export interface Instance<S> {
  readonly id: string
  /** Undefined before its first event, and when it has ended so long ago that its row is gone. */
  readonly state: S | undefined
  /** Version of its stream; 0 before its first event. */
  readonly version: number
  readonly startedAtMs: number
  /** Where it comes from; undefined before its first event. */
  readonly origin: Origin | undefined
}

/** The state of a row as text: where the instance comes from is kept with it, so that nothing else has to be read. */
export function stateText(state: object, origin: Origin): string {
  return JSON.stringify({ ...state, origin })
}

/** The instance of a row. */
export function instanceOf<S>({ id, state: text, version, startedAtMs }: SagaRow): Instance<S> {
  const { origin, ...state } = JSON.parse(text) as { readonly origin: Origin }
  return { id, state: state as S, version, startedAtMs, origin }
}

/**
 * The instances that one owner works on, as their rows have them: nobody else writes them, so one that is remembered
 * needs no read. At most `remembered` are kept.
 */
export class Instances<S> {
  readonly #sagas: SagaTable
  readonly #log: Pick<EventLog, 'version'>
  readonly #remembered: number
  readonly #known = new Map<string, Instance<S>>()

  constructor({ sagas, log }: Pick<Store, 'sagas' | 'log'>, remembered = 10_000) {
    this.#sagas = sagas
    this.#log = log
    this.#remembered = remembered
  }

  /** `begins`: taken for new where it is not remembered; the append of its first events tells when it was not. */
  async load(id: string, begins = false): Promise<Instance<S>> {
    const known = this.#known.get(id)
    if (known !== undefined) {
      this.put(known)
      return known
    }
    if (begins) return notBegun(id, 0)
    const row = await this.#sagas.get(id)
    if (row !== undefined) return this.offer(row)
    return notBegun(id, await this.#log.version(id))
  }

  has(id: string): boolean {
    return this.#known.has(id)
  }

  /** What is remembered of it. */
  known(id: string): Instance<S> | undefined {
    return this.#known.get(id)
  }

  /** Remembers a row that was read on the way, unless more is known. */
  offer(row: SagaRow): Instance<S> {
    const known = this.#known.get(row.id) ?? instanceOf<S>(row)
    this.put(known)
    return known
  }

  /** Remembers what a commit has made current. */
  put(instance: Instance<S>): void {
    this.#known.delete(instance.id)
    this.#known.set(instance.id, instance)
    if (this.#known.size > this.#remembered) this.#known.delete(this.#known.keys().next().value!)
  }

  /** Reads it anew the next time. */
  forget(id: string): void {
    this.#known.delete(id)
  }

  /** The same for all that are not kept. */
  forgetOthers(isKept: (id: string) => boolean): void {
    for (const id of this.#known.keys()) if (!isKept(id)) this.#known.delete(id)
  }
}

/** One that nothing has begun yet; `version` is that of its stream. */
export function notBegun<S>(id: string, version: number): Instance<S> {
  return { id, state: undefined, version, startedAtMs: 0, origin: undefined }
}
