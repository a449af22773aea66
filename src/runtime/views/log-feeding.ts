import type { ParkedDelivery } from '../../ports/parked.ts'
import type { ViewBuild } from '../../ports/views.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Space } from '../loop/space.ts'
import type { ViewFeeding } from './feeding.ts'
import { viewConsumer } from './table.ts'

/** What feeding a view from the log needs. */
export interface LogFeedingOptions {
  readonly space: Space
  readonly pageEvents: number
  /** Into how many buckets the keys of a generation are spread; one that is half built keeps the number it has. */
  readonly buckets: number
  head(): Promise<number>
  again(waiting: readonly ParkedDelivery[]): Promise<readonly Delivery[]>
}

/** Feeds a view with the events of its own service. */
export function logFeeding({ space, pageEvents, buckets, head, again }: LogFeedingOptions): ViewFeeding {
  /** Where the log ended when a generation that is being built was last looked at. */
  const seenHead = new Map<number, number>()
  const positionOf = ({ view, generation }: ViewBuild): Promise<number> =>
    space.progress.position(viewConsumer(view, generation))
  const bucketsOf = async ({ view, generation, state }: ViewBuild): Promise<number> => {
    if (state !== 'building') return buckets
    const rows = await space.store.ownership.list(viewConsumer(view, generation))
    return rows.length === 0 ? buckets : rows.length
  }
  return {
    dropsRetired: false,
    async feed(build, handler) {
      const name = viewConsumer(build.view, build.generation)
      const spread = await bucketsOf(build)
      const consumer = await space.consume({
        name,
        handler: () => handler(again),
        pageEvents,
        from: 0,
        buckets: spread,
      })
      return {
        buckets: spread,
        consumer: () => consumer,
        tend: async () => true,
        isWaiting: () => false,
        stop: () => consumer.stop(),
      }
    },
    progress: async (build) => ({ position: await positionOf(build), of: await head() }),
    /**
     * At the head of the log; or, where writers never pause, beyond the head of the last look and no less far than the
     * generation in use, so that nobody reads an older state than before.
     */
    async isBuilt(build, active) {
      const before = seenHead.get(build.generation) ?? Infinity
      const inUse = active === undefined ? 0 : await positionOf(active)
      const position = await positionOf(build)
      const now = await head()
      seenHead.set(build.generation, now)
      return position >= now || (position >= before && position >= inUse)
    },
    swappedIn: async () => undefined,
    forget: async () => undefined,
  }
}
