import type { ParkedDelivery } from '../../ports/parked.ts'
import type { ViewBuild } from '../../ports/views.ts'
import type { Consumer } from '../loop/consumer.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Handler } from '../loop/handler.ts'

/** What writes rows of a generation; `again` brings what was parked as its source delivers it. */
export type RowHandler = (again: (waiting: readonly ParkedDelivery[]) => Promise<readonly Delivery[]>) => Handler

/** How far the feeding of a generation is, and how far it has to come. */
export interface FeedProgress {
  readonly position: number
  readonly of: number
}

/** A generation that this process feeds. */
export interface FedBuild {
  /** Into how many buckets its keys are spread. */
  readonly buckets: number
  /** What feeds it now; it may be another one later. */
  consumer(): Consumer
  /** Does what is next for it as it is now; false when it can never become whole and has to be begun anew. */
  tend(build: ViewBuild): Promise<boolean>
  /** Whether it waits for events that their owner has to send again. */
  isWaiting(): boolean
  stop(): Promise<void>
}

/** Where the events of a view come from, for each of its generations. */
export interface ViewFeeding {
  /** Whether a generation that nobody works on any more goes without waiting for the next swap. */
  readonly dropsRetired: boolean
  /** Feeds a generation from where it stands; a new one from its beginning. */
  feed(build: ViewBuild, handler: RowHandler): Promise<FedBuild>
  progress(build: ViewBuild): Promise<FeedProgress>
  /** Whether a generation may take the place of the active one: it is whole, and no less far. */
  isBuilt(build: ViewBuild, active: ViewBuild | undefined): Promise<boolean>
  /** Called when a generation was swapped in, and again after a start. */
  swappedIn(build: ViewBuild): Promise<void>
  /** Deletes what was kept for a generation; its positions are gone by then. */
  forget(build: ViewBuild): Promise<void>
}
