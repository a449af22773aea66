import type { StoreAdapter } from 'eventwright'
import type { OwnershipRow } from '../../../src/ports/ownership.ts'
import type { Store } from '../../../src/ports/store.ts'
import type { Unit } from '../../../src/ports/unit-of-work.ts'
import { inspect } from '../../../src/runtime/inspect.ts'
import type { ConsumerReport } from '../../../src/runtime/lag/consumer-report.ts'
import { fakeClock, type FakeClock } from '../../../src/testing/fake-clock.ts'
import { append, commitOne, won } from '../../../src/testing/contracts/store-case.ts'

export const leaseMs = 10_000

/** A store and its clock, on which a test does by hand, and when it likes, what consumers do. */
export class SlowMotion {
  readonly clock: FakeClock
  readonly store: Store
  #streams = 0

  static async open(adapter: StoreAdapter): Promise<SlowMotion> {
    const clock = fakeClock()
    return new SlowMotion(clock, await adapter.open({ clock }))
  }

  private constructor(clock: FakeClock, store: Store) {
    this.clock = clock
    this.store = store
  }

  /** So many events are recorded now. */
  async record(count: number): Promise<void> {
    won(await commitOne(this.store, { appends: [append(`Order/${++this.#streams}`, 'noStream', count)] }))
  }

  /** A consumer that begins at position 0, owned by `owner`. */
  async begin(consumer: string, owner = 'w1', { source = 'log', buckets = 1 } = {}): Promise<readonly OwnershipRow[]> {
    await this.store.ownership.ensure(consumer, source, buckets, 0)
    return this.store.ownership.claim(consumer, source, owner, leaseMs)
  }

  /** Moves the time on while whoever owns something goes on owning it. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= leaseMs / 2) {
      await this.clock.advance(Math.min(left, leaseMs / 2))
      const rows = await this.store.ownership.list()
      const nowMs = this.clock.now()
      await this.store.ownership.renew(
        rows.filter(({ untilMs }) => (untilMs ?? 0) > nowMs),
        leaseMs,
      )
    }
  }

  /** A bucket is moved on by its owner, to a position or by a distance. */
  async move(
    consumer: string,
    by: number,
    { bucket = 0, ...unit }: Unit & { readonly bucket?: number } = {},
  ): Promise<void> {
    const row = (await this.store.ownership.list(consumer)).find((each) => each.bucket === bucket)!
    const { source, epoch, position: from } = row
    const move = { consumer, source, bucket, epoch, from, to: from + by, ttlMs: leaseMs }
    won(await commitOne(this.store, { ...unit, positions: [move] }))
  }

  /** What is said of a consumer now. */
  async report(consumer: string, graph?: Parameters<typeof inspect>[3]): Promise<ConsumerReport> {
    const all = await inspect(this.store, undefined, undefined, graph).consumers()
    return all.find(({ name }) => name === consumer)!
  }
}
