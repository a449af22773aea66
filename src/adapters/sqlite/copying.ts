import { basename } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import type { CopyableStore, CopyTarget } from '../../ports/copying.ts'
import type { RowWrite, StoredRow, TableSpec } from '../../ports/views.ts'
import {
  assertEmpty,
  clearSeeded,
  setStoreIdSql,
  tableNamed,
  wholeStore,
  type OwnTable,
  type WholeStore,
} from '../sql/copying.ts'
import { quotedName, rowColumns } from '../sql/dialect.ts'
import { columnsOf, type StoredTable } from '../sql/stored-tables.ts'
import { createTable } from '../sql/table-ddl.ts'
import { lastPartitionNo } from './channel-tables.ts'
import type { Parameter, SqliteConnection } from './driver.ts'
import { sqliteLog } from './log.ts'
import { openConnections } from './open.ts'
import { messagesOfPartition as span, partitionOffset } from './schema.ts'
import { sqliteDialect, ViewTable } from './view-table.ts'

const settings = { busyTimeoutMs: 5_000, checkpointPages: 4_000, maxPages: undefined }

/** A store file for `store copy`: read under its write lock, filled in one transaction. */
export function copyableSqlite(file: string, clock: Clock): CopyableStore {
  const name = `sqlite ${basename(file)}`
  const opened = async <T>(work: (connection: SqliteConnection, storeId: string) => Promise<T>): Promise<T> => {
    const { durable, relaxed, reading, storeId } = await openConnections(file, clock, settings)
    try {
      return await work(durable, storeId)
    } finally {
      // A transaction that is still open is rolled back.
      for (const connection of new Set([reading, relaxed, durable])) connection.close()
    }
  }
  return {
    name,
    kind: 'sqlite',
    reading: (work) =>
      opened((connection, storeId) => {
        connection.exec('begin immediate')
        return work({ ...wholeStore(wholeOf(connection, clock)), name, storeId })
      }),
    filling: (work) =>
      opened(async (connection, storeId) => {
        const whole = wholeOf(connection, clock)
        // Before the lock too, for which the store that is read would never be free if it is this one.
        await assertEmpty(whole, name)
        connection.exec('begin immediate')
        await assertEmpty(whole, name)
        const result = await work(targetOn(connection, whole, name, storeId))
        connection.exec('commit')
        return result
      }),
  }
}

const hex = 'lower(hex(e.id))'
const ends = [8, 12, 16, 20, 32]
const uuid = ends
  .map((end, at) => `substr(${hex}, ${(ends[at - 1] ?? 0) + 1}, ${end - (ends[at - 1] ?? 0)})`)
  .join(` || '-' || `)

/** Tables that a file has in a form of its own (see `schema.ts`). */
const own: Readonly<Record<string, OwnTable>> = {
  // In the order of their numbers, so that those of a copy have the same.
  ew_streams: { key: ['no'] },
  ew_events: {
    from: 'ew_events e join ew_streams s on s.no = e.no',
    select: {
      part: `e.seq / ${partitionOffset}`,
      position: `e.seq % ${partitionOffset}`,
      stream: 's.stream',
      version: 'e.version',
      id: uuid,
    },
    key: ['e.seq'],
  },
  ew_partitions: { key: ['no'] },
  ew_messages: {
    from: `ew_messages m join ew_partitions p on p.no = m.seq / ${span}`,
    select: { channel: 'p.channel', partition: 'p.partition', offset: `m.seq % ${span}` },
    key: ['m.seq'],
  },
}

function wholeOf(connection: SqliteConnection, clock: Clock): WholeStore {
  return {
    all: async (sql, ...parameters) => connection.prepare(sql).all(...parameters),
    clock: { sql: '?', values: () => [clock.now()] },
    own,
    qualifier: '',
    async tables() {
      const rows = connection.prepare(`select name from sqlite_schema where type = 'table' order by name`).all()
      return rows.map(([name]) => name as string).filter((name) => !name.startsWith('sqlite_'))
    },
    async viewPage(view, after, limit) {
      const table = new ViewTable(view)
      const where = after === undefined ? '' : ` where ${rowColumns.key} > ?`
      const sql = `select ${table.selectList} from ${quotedName(view.name)}${where} order by ${rowColumns.key} limit ?`
      const statement = connection.prepare(sql, { bigints: table.bigints })
      return statement.all(...(after === undefined ? [] : [after]), limit).map((row) => table.decode(row))
    },
  }
}

function targetOn(connection: SqliteConnection, whole: WholeStore, name: string, storeId: string): CopyTarget {
  return {
    name,
    storeId,
    log: sqliteLog(connection),
    count: wholeStore(whole).count,
    async prepare(sections) {
      for (const sql of clearSeeded) connection.exec(sql)
      for (const { view } of sections) {
        if (view !== undefined) for (const sql of createTable(view, sqliteDialect)) connection.exec(sql)
      }
    },
    async write(section, rows) {
      if (section.view !== undefined) return writeView(connection, section.view, rows as readonly StoredRow[])
      const table = tableNamed(section.name)
      const insert = connection.prepare(insertOf(table))
      for (const row of rows as readonly (readonly Parameter[])[]) insert.run(...row)
      if (table.name === 'ew_partitions') assertPartitions(connection)
    },
    async setStoreId(id) {
      connection.prepare(setStoreIdSql).run(id)
    },
  }
}

function writeView(connection: SqliteConnection, view: TableSpec, rows: readonly StoredRow[]): void {
  new ViewTable(view).write(
    connection,
    rows.map((row) => writeOf(view, row)),
  )
}

/** What makes a row again, a tombstone too. */
function writeOf({ name }: TableSpec, { key, row, applied }: StoredRow): RowWrite {
  return { table: name, key, row, applied, tombstone: row === undefined }
}

/** Takes the values in the order in which they travel. */
function insertOf(table: StoredTable): string {
  const columns = columnsOf(table)
  const rest = (from: number): { readonly names: string; readonly values: string } => ({
    names: columns.slice(from).map(quotedName).join(', '),
    values: columns
      .slice(from)
      .map((column) => (table.columns[column] === 'id' ? idValue : '?'))
      .join(', '),
  })
  if (table.name === 'ew_events') {
    const { names, values } = rest(3)
    const seq = `? * ${partitionOffset} + ?`
    return `insert into ew_events (seq, no, ${names})
      values (${seq}, (select no from ew_streams where stream = ?), ${values})`
  }
  if (table.name === 'ew_messages') {
    const { names, values } = rest(3)
    const no = '(select no from ew_partitions where channel = ? and partition = ?)'
    return `insert into ew_messages (seq, ${names}) values (${no} * ${span} + ?, ${values})`
  }
  const { names, values } = rest(0)
  return `insert into ${table.name} (${names}) values (${values})`
}

const idValue = `unhex(replace(?, '-', ''))`

function assertPartitions(connection: SqliteConnection): void {
  const [last] = connection.prepare('select max(no) from ew_partitions').get()!
  if (Number(last) <= lastPartitionNo) return
  throw failure('EW_BROKER_FAILED', `A store file holds at most ${lastPartitionNo} partitions of channels.`)
}
