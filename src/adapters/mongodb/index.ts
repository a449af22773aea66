import '../../base/node-version.ts'
import type { ViewsAdapter } from '../../ports/views-apart.ts'
import { openViews } from './open.ts'
import { describe, settingsOf, type MongodbViewsOptions } from './settings.ts'

export type { MongodbViewsOptions } from './settings.ts'
export { dropMongodb, type DropViewsOptions } from './upkeep.ts'

/**
 * Rows of views in a MongoDB database, which no other system uses. It needs the package `mongodb` and a server that the
 * driver talks to; neither transactions nor a replica set. Inline and live views stay where they are. Errors:
 * EW_CONFIG; when it is opened EW_DRIVER_MISSING, EW_STORE_UNREACHABLE, EW_STORE_FOREIGN.
 */
export function mongodb(url: string, options: MongodbViewsOptions = {}): ViewsAdapter {
  const settings = settingsOf(url, options)
  return {
    kind: 'views',
    name: describe(settings),
    only: options.only,
    open: ({ storeId }) => openViews(settings, storeId),
  }
}
