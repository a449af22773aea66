import type { Clock } from '../base/clock.ts'
import type { ApartRows, ViewTables } from './views.ts'

/** A database for rows of views that is described but not opened: what `mongodb(url)` returns. */
export interface ViewsAdapter {
  readonly kind: 'views'
  /** For messages: `mongodb host/shop`. Never a password. */
  readonly name: string
  /** The views that are kept there; undefined: all that can be. */
  readonly only: readonly string[] | undefined
  /** Opens it for one store. Errors: EW_DRIVER_MISSING, EW_STORE_UNREACHABLE, EW_STORE_FOREIGN. */
  open(options: { readonly clock: Clock; readonly storeId: string }): Promise<ViewDatabase>
}

/** An open database for rows of views. What it reads has `revision`, tombstones too. */
export interface ViewDatabase extends Omit<ViewTables, 'apart'>, Pick<ApartRows, 'write'> {
  readonly name: string
  /** Constant for the life of its data, so that positions are never taken for those of other rows. */
  readonly placeId: string
  /** Waits for calls in flight and closes; later calls reject by EW_CLOSED. */
  close(): Promise<void>
}
