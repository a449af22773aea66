import { systemClock, type Clock } from '../base/clock.ts'
import { streamHash } from '../base/hash.ts'
import { newId } from '../base/ids.ts'
import type { EventMessage } from '../design/message.ts'
import type { Store, StoreAdapter } from '../ports/store.ts'
import type { Expected, Outcome, Unit } from '../ports/unit-of-work.ts'
import { commitLimits, type CommitLimits } from '../runtime/commits/limits.ts'
import { commitQueue, type CommitStatistics } from '../runtime/commits/queue.ts'
import { encodeEvent, encodeOrigin } from '../runtime/log/event-encoding.ts'

/** A store behind the commit queue of the runtime, without a system: for tests and benches of adapters. */
export interface QueuedStore {
  readonly store: Store
  /** Commits a unit together with others that wait; see the limits. A loss is a returned outcome. */
  commit(unit: Unit): Promise<Outcome>
  /** Encodes events as the runtime does, each call with a correlation id of its own, and commits them as one unit. */
  append(stream: string, events: readonly EventMessage[], expected?: Expected): Promise<Outcome>
  statistics(): CommitStatistics
  /** Waits for what was accepted, then closes the store. */
  close(): Promise<void>
}

/** Opens the store and puts the queue before it. Errors: those of opening the adapter. */
export async function queuedStore(
  adapter: StoreAdapter,
  options: { readonly limits?: Partial<CommitLimits>; readonly clock?: Clock } = {},
): Promise<QueuedStore> {
  const { clock = systemClock } = options
  const store = await adapter.open({ clock })
  const queue = commitQueue(store, clock, { ...commitLimits, ...options.limits })
  return {
    store,
    commit: (unit) => queue.commit(unit),
    append(stream, events, expected = 'any') {
      const id = newId()
      const meta = encodeOrigin({ correlationId: id, causationId: id })
      const encoded = events.map((event) => encodeEvent(event, stream, meta, clock))
      return queue.commit({ appends: [{ stream, hash: streamHash(stream), partition: 0, expected, events: encoded }] })
    },
    statistics: () => queue.statistics(),
    async close() {
      await queue.close()
      await store.close()
    },
  }
}
