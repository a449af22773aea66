import type { Clock } from '../../base/clock.ts'
import type { OutboxRow } from '../../ports/outbox.ts'
import { isOfPart, mailHash, type SagaMailKey, type SagaMailRow, type SagaPart } from '../../ports/sagas.ts'
import type { Store } from '../../ports/store.ts'
import { appendsOnly, type Outcome, type Unit } from '../../ports/unit-of-work.ts'
import { OwnEvents } from './own-events.ts'
import { mailSegments, outboxSegments } from './own-segments.ts'
import { OwnRows, type RowPart } from './own-rows.ts'

/** Reads of one kind that have found nothing, until something may have been written that they would find. */
class EmptyReads {
  readonly #clock: Clock
  readonly #trustedMs: number
  readonly #untilMs = new Map<string, number>()
  #changes = 0

  constructor(clock: Clock, trustedMs: number) {
    this.#clock = clock
    this.#trustedMs = trustedMs
  }

  /** What was found before says nothing any more. */
  changed(): void {
    this.#changes++
    this.#untilMs.clear()
  }

  /** Notes that nothing will be found there until then, unless something changes. */
  believe(name: string, untilMs: number): void {
    this.#untilMs.set(name, untilMs)
  }

  /** What the read finds; nothing, without a read, where it has found nothing and nothing has changed since. */
  async read<T>(name: string, load: () => Promise<readonly T[]>): Promise<readonly T[]> {
    const nowMs = this.#clock.now()
    if ((this.#untilMs.get(name) ?? -Infinity) > nowMs) return []
    const changes = this.#changes
    const rows = await load()
    if (rows.length === 0 && changes === this.#changes) this.#untilMs.set(name, nowMs + this.#trustedMs)
    return rows
  }
}

/** A store that remembers something of what it has read and written. */
export interface SparingStore extends Store {
  /** Lets go what it has in memory of events: some were deleted. */
  forgetEvents(): void
}

/**
 * The store without reads that would find nothing. Every commit wakes every consumer, and most of them have nothing to
 * do with it: what a commit of this process has written is known here, and the store tells of those of others. That is
 * a hint which may fail to come, so a read that found nothing is trusted for `trustedMs` and no longer.
 */
export function sparingStore(store: Store, clock: Clock, trustedMs: number): SparingStore {
  const log = new EmptyReads(clock, trustedMs)
  const shared = { clock, trustedMs }
  const outbox = new OwnRows<OutboxRow>({ ...shared, isTaken: false, placeOf: ({ position }) => position })
  const mail = new OwnRows<SagaMailRow>({ ...shared, isTaken: true, placeOf: ({ seq }) => seq })
  // Whoever is woken by the same hint, and has come later, finds this done.
  const own = new OwnEvents()
  let hints = 0
  let writing = 0
  /** How many commits are not known here, since what is known was let go during them. */
  let unknown = 0
  const unwatch = store.watch(() => {
    hints++
    for (const reads of [log, outbox, mail]) reads.changed()
  })
  const commit = async (units: readonly Unit[]): ReturnType<Store['commit']> => {
    const [begunMs, heard, forgotten, missed] = [clock.now(), hints, own.forgotten, unknown]
    let outcomes: Awaited<ReturnType<Store['commit']>>
    writing++
    try {
      outcomes = await (units.every(appendsOnly) ? store.commit(units) : withOwnRows(store, outbox, mail, units))
    } finally {
      writing--
      // Also when it fails: nobody may know what became of it. Before that whoever reads is woken by its end.
      if (units.some(({ appends }) => hasSome(appends))) log.changed()
    }
    // What was deleted meanwhile may be among these.
    if (own.forgotten !== forgotten) unknown++
    // A commit gets the last positions that there are, so nothing was behind these.
    else if (own.committed(units, outcomes, writing > 0) && heard === hints && missed === unknown)
      log.believe(String(own.head), begunMs + trustedMs)
    return outcomes
  }
  return {
    ...store,
    commit,
    log: {
      ...store.log,
      async readLog(page) {
        const { partition, after, to, categories } = page
        if (partition !== 0 || to !== undefined || categories !== undefined) return store.log.readLog(page)
        return own.after(after, page.limit) ?? log.read(String(after), () => store.log.readLog(page))
      },
    },
    outbox: {
      ...store.outbox,
      after: (position, limit) => outbox.read('', position, limit, () => store.outbox.after(position, limit)),
    },
    sagas: {
      ...store.sagas,
      mail: (saga, after, limit, part) =>
        mail.read(saga, after, limit, () => store.sagas.mail(saga, after, limit, part), part && mailPart(part)),
    },
    forgetEvents: () => own.forget(),
    close() {
      unwatch()
      return store.close()
    },
  }
}

async function withOwnRows(
  store: Store,
  outbox: OwnRows<OutboxRow>,
  mail: OwnRows<SagaMailRow>,
  units: readonly Unit[],
): ReturnType<Store['commit']> {
  const sends = units.some((unit) => hasSome(unit.outbox) || hasSome(unit.timers))
  const posts = units.some((unit) => hasSome(unit.mail) || hasSome(unit.mailUsed))
  let outcomes: Awaited<ReturnType<Store['commit']>> | undefined
  if (sends) outbox.begin()
  if (posts) mail.begin()
  try {
    return (outcomes = await store.commit(units))
  } finally {
    // Also when it fails: nobody may know what became of it.
    if (sends) outbox.end(outcomes && outboxSegments(units, outcomes))
    if (posts) mail.end(outcomes && mailSegments(units, outcomes))
    if (outcomes !== undefined) forgetUsed(mail, units, outcomes)
  }
}

function forgetUsed(mail: OwnRows<SagaMailRow>, units: readonly Unit[], outcomes: readonly Outcome[]): void {
  const keys = units.flatMap(({ mailUsed = [] }, index) => (outcomes[index]!.ok ? mailUsed.map(nameOfMail) : []))
  if (keys.length === 0) return
  const used = new Set(keys)
  mail.used(({ row }) => used.has(nameOfMail(row)))
}

const mailParts = new WeakMap<SagaPart, RowPart<SagaMailRow>>()

function mailPart(part: SagaPart): RowPart<SagaMailRow> {
  let known = mailParts.get(part)
  if (known === undefined) {
    known = { has: ({ address }) => isOfPart(part, mailHash(address)) }
    mailParts.set(part, known)
  }
  return known
}

function nameOfMail({ saga, address, key }: SagaMailKey): string {
  return `${saga}\0${address}\0${key}`
}

function hasSome(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0
}
