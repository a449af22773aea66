import type { Clock } from '../../base/clock.ts'
import type { Store } from '../../ports/store.ts'
import type { Unit } from '../../ports/unit-of-work.ts'

/** Reads of one kind that have found nothing, until something may have been written that they would find. */
class EmptyReads {
  readonly #clock: Clock
  readonly #trustedMs: number
  readonly #untilMs = new Map<string, number>()
  #changes = 0
  #writing = 0

  constructor(clock: Clock, trustedMs: number) {
    this.#clock = clock
    this.#trustedMs = trustedMs
  }

  changed(): void {
    this.#changes++
    this.#untilMs.clear()
  }

  /** Nothing is believed while something may be there that its writer has not heard of yet. */
  async during<T>(write: () => Promise<T>): Promise<T> {
    this.#writing++
    this.changed()
    try {
      return await write()
    } finally {
      // Also when it fails: nobody may know what became of it.
      this.#writing--
      this.changed()
    }
  }

  /** What the read finds; nothing, without a read, where it has found nothing and nothing has changed since. */
  async read<T>(name: string, load: () => Promise<readonly T[]>): Promise<readonly T[]> {
    const nowMs = this.#clock.now()
    if ((this.#untilMs.get(name) ?? -Infinity) > nowMs) return []
    const changes = this.#changes
    const rows = await load()
    if (rows.length === 0 && changes === this.#changes && this.#writing === 0)
      this.#untilMs.set(name, nowMs + this.#trustedMs)
    return rows
  }
}

/**
 * The store without reads that would find nothing. Every commit wakes every consumer, and most of them have nothing to
 * do with it: what a commit of this process has written is known here, and the store tells of those of others. That is
 * a hint which may fail to come, so a read that found nothing is trusted for `trustedMs` and no longer.
 */
export function sparingStore(store: Store, clock: Clock, trustedMs: number): Store {
  const [log, outbox, mail] = [0, 1, 2].map(() => new EmptyReads(clock, trustedMs)) as [
    EmptyReads,
    EmptyReads,
    EmptyReads,
  ]
  // Whoever is woken by the same hint, and has come later, finds this done.
  const unwatch = store.watch(() => [log, outbox, mail].forEach((reads) => reads.changed()))
  const commit = (units: readonly Unit[]): ReturnType<Store['commit']> => {
    const written = [
      ...(units.some(({ appends }) => hasSome(appends)) ? [log] : []),
      ...(units.some((unit) => hasSome(unit.outbox) || hasSome(unit.timers)) ? [outbox] : []),
      ...(units.some((unit) => hasSome(unit.mail)) ? [mail] : []),
    ]
    return written.reduce(
      (write, reads) => () => reads.during(write),
      () => store.commit(units),
    )()
  }
  return {
    ...store,
    commit,
    log: {
      ...store.log,
      readLog(page) {
        const { partition, after, to, categories } = page
        if (partition !== 0 || to !== undefined || categories !== undefined) return store.log.readLog(page)
        return log.read(String(after), () => store.log.readLog(page))
      },
    },
    outbox: {
      ...store.outbox,
      after: (position, limit) => outbox.read(String(position), () => store.outbox.after(position, limit)),
    },
    sagas: {
      ...store.sagas,
      mail: (saga, after, limit) => mail.read(`${after} ${saga}`, () => store.sagas.mail(saga, after, limit)),
    },
    close() {
      unwatch()
      return store.close()
    },
  }
}

function hasSome(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0
}
