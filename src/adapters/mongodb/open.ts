import type { AnyBulkWriteOperation, Collection, Db, MongoBulkWriteError } from 'mongodb'
import { systemClock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import { checkQuery, checkTable, checkTests } from '../../ports/table-check.ts'
import type { ApartWrite, TableSpec } from '../../ports/views.ts'
import type { ViewDatabase } from '../../ports/views-apart.ts'
import { connect, type Connection } from './connect.ts'
import { rowDocument, storedRow, type RowDocument } from './document.ts'
import { beyond, filterOf, pathOf, sortOf } from './query.ts'
import { describe, type Settings } from './settings.ts'

/** Says which rows these are: the only document of its collection. */
interface Place {
  readonly _id: 'place'
  readonly id: string
  readonly storeId: string
}

/**
 * How long tombstones are kept, in seconds. A process that is stopped in the middle of a write for longer than that,
 * and then goes on, can put back a row that was deleted meanwhile.
 */
const tombstoneSeconds = 86_400
const duplicateKey = 11_000
const namespaceNotFound = 26

/** Opens the database of one store. Errors: EW_DRIVER_MISSING, EW_STORE_UNREACHABLE, EW_STORE_FOREIGN. */
export async function openViews(settings: Settings, storeId: string): Promise<ViewDatabase> {
  const connection = await connect(settings)
  try {
    const db = connection.client.db(settings.database)
    const place = await placeOf(connection, db, storeId)
    if (place.storeId !== storeId) {
      throw failure('EW_STORE_FOREIGN', `The database ${describe(settings)} has the views of another store.`, {
        details: { storeId: place.storeId },
      })
    }
    return viewDatabase(connection, db, describe(settings), place.id)
  } catch (error) {
    await connection.close().catch(() => undefined)
    throw error
  }
}

/** Two processes that open it for the first time get the same one. */
async function placeOf({ call }: Connection, db: Db, storeId: string): Promise<Place> {
  const places = db.collection<Place>('eventwright')
  await call(() =>
    places.updateOne({ _id: 'place' }, { $setOnInsert: { id: newId(), storeId } }, { upsert: true }),
  ).catch((error: unknown) => {
    if ((error as { readonly code?: unknown }).code !== duplicateKey) throw error
  })
  return (await call(() => places.findOne({ _id: 'place' })))!
}

function viewDatabase(connection: Connection, db: Db, name: string, placeId: string): ViewDatabase {
  const { call, driver } = connection
  const rows = (table: string): Collection<RowDocument> => db.collection<RowDocument>(table)
  const tables = new Map<string, TableSpec>()
  return {
    name,
    placeId,
    async ensure(table) {
      checkTable(table)
      await call(() => makeIndexes(rows(table.name), table))
      tables.set(table.name, table)
    },
    async drop(table) {
      tables.delete(table)
      await call(() => rows(table).drop()).catch(unlessAbsent)
    },
    async get(table, keys) {
      const found = await call(() =>
        rows(table.name)
          .find({ _id: { $in: [...keys] } })
          .toArray(),
      )
      const byKey = new Map(found.map((document) => [document._id, document]))
      return keys.flatMap((key) => {
        const document = byKey.get(key)
        return document === undefined ? [] : [storedRow(table, document)]
      })
    },
    async find(table, query) {
      checkQuery(table, query)
      const filter = filterOf(table, query.where, driver)
      if (filter === undefined) return []
      const behind = beyond(table, query, driver)
      const all = behind === undefined ? filter : { $and: [filter, behind] }
      const page = rows(table.name).find(all).sort(sortOf(query)).limit(query.limit)
      return (await call(() => page.toArray())).map((document) => storedRow(table, document))
    },
    async count(table, where) {
      checkTests(table, where)
      const filter = filterOf(table, where, driver)
      return filter === undefined ? 0 : call(() => rows(table.name).countDocuments(filter))
    },
    async write(name, writes) {
      const table = tables.get(name)
      if (table === undefined)
        throw failure('EW_UNIT', `There is no table ${name}; it must be ensured before rows are written.`)
      if (writes.length === 0) return []
      const operations = writes.map((write) => operationOf(table, write, driver))
      return call(() => refusedOf(rows(name), operations, writes))
    },
    close: () => connection.close(),
  }
}

/** A collection that is not there need not be dropped; older servers say so without a code. */
function unlessAbsent(error: unknown): void {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  if (code !== namespaceNotFound && message !== 'ns not found') throw error
}

/** With the key behind the columns, so that pages are read in the order of the index. */
async function makeIndexes(collection: Collection<RowDocument>, { indexes }: TableSpec): Promise<void> {
  await collection.createIndex({ gone: 1 }, { name: 'ew_gone', expireAfterSeconds: tombstoneSeconds, sparse: true })
  for (const [index, columns] of indexes.entries()) {
    const fields = [...columns.map((column) => [pathOf(column), 1] as const), ['_id', 1] as const]
    await collection.createIndex(new Map(fields), { name: `ew_${index}` })
  }
}

/**
 * Replaces the document with the revision that was read. If there is another one the insert that takes its place meets
 * its key: that is how the server tells which of many writes came too late.
 */
function operationOf(
  table: TableSpec,
  { key, row, applied, revision }: ApartWrite,
  driver: Connection['driver'],
): AnyBulkWriteOperation<RowDocument> {
  const head = { applied, revision: revision + 1 }
  const replacement =
    row === undefined
      ? { ...head, gone: new Date(systemClock.now()) }
      : { ...head, row: rowDocument(table, row, driver) }
  return { replaceOne: { filter: { _id: key, revision }, replacement, upsert: true } }
}

async function refusedOf(
  collection: Collection<RowDocument>,
  operations: readonly AnyBulkWriteOperation<RowDocument>[],
  writes: readonly ApartWrite[],
): Promise<readonly string[]> {
  try {
    await collection.bulkWrite([...operations], { ordered: false })
    return []
  } catch (error) {
    const { writeErrors } = error as Partial<Pick<MongoBulkWriteError, 'writeErrors'>>
    const errors = writeErrors === undefined ? [] : Array.isArray(writeErrors) ? writeErrors : [writeErrors]
    if (errors.length === 0 || errors.some(({ code }) => code !== duplicateKey)) throw error
    return errors.map(({ index }) => writes[index]!.key)
  }
}
