import { failure } from '../../base/errors.ts'
import { connect } from './connect.ts'
import { describe, settingsOf, type MongodbViewsOptions } from './settings.ts'

/** Which database of a server. */
export interface DropViewsOptions extends Pick<MongodbViewsOptions, 'database' | 'connectTimeout'> {}

/**
 * Drops a database with the rows of views, which are built anew wherever the system starts next: with the store that is
 * deleted, or where either was restored from a backup. Nothing happens where it is absent. Errors: EW_CONFIG,
 * EW_DRIVER_MISSING, EW_STORE_UNREACHABLE, EW_STORE_FOREIGN for a database of something else.
 */
export async function dropMongodb(url: string, options: DropViewsOptions = {}): Promise<void> {
  const settings = settingsOf(url, options)
  const { client, call, close } = await connect(settings)
  try {
    const db = client.db(settings.database)
    const place = await call(() => db.collection<{ _id: string }>('eventwright').findOne({ _id: 'place' }))
    if (place === null) {
      if ((await call(() => db.listCollections({}, { nameOnly: true }).toArray())).length === 0) return
      throw failure('EW_STORE_FOREIGN', `The database ${describe(settings)} has no views of an Eventwright system.`)
    }
    await call(() => db.dropDatabase())
  } finally {
    await close()
  }
}
