import { decimalOfText, sortableText } from '../../base/decimal-text.ts'
import { decimal } from '../../base/decimal.ts'
import { canonicalJson, parseJson } from '../../base/json.ts'
import { valueIn } from '../../base/row-value.ts'
import type { Column, Row, RowWrite, StoredRow, TableSpec } from '../../ports/views.ts'
import { quotedName, rowColumns, type SqlDialect } from '../sql/dialect.ts'
import { storedRow } from '../sql/stored-row.ts'
import { boundBytes, type Parameter, type SqliteConnection } from './driver.ts'

// A 64 bit integer holds every number of 18 digits.
const integerDigits = 18
// A JavaScript number holds every number of 15 digits.
const numberDigits = 15

/**
 * SQLite's way with view tables: decimals of up to 18 digits are scaled integers, longer ones text that sorts as they
 * do.
 */
export const sqliteDialect: SqlDialect = {
  typeOf: (column) => (column.kind === 'decimal' ? (isInteger(column) ? 'integer' : 'text') : types[column.kind]),
  encode,
  placeholder: () => '?',
  nullsFirst: true,
  qualifier: '',
  tableSuffix: ' without rowid',
}

const types = {
  text: 'text',
  integer: 'integer',
  long: 'integer',
  real: 'real',
  boolean: 'integer',
  bytes: 'blob',
  json: 'text',
} as const

/** The statements and the coding of rows of one view table. */
export class ViewTable {
  readonly spec: TableSpec
  /** The list of a SELECT whose rows `decode` reads. */
  readonly selectList: string
  /** True when a column may hold integers that JavaScript numbers cannot. */
  readonly bigints: boolean
  readonly #name: string
  readonly #upsert: string

  constructor(spec: TableSpec) {
    this.spec = spec
    this.#name = quotedName(spec.name)
    this.bigints = spec.columns.some(
      (column) => column.kind === 'long' || (isInteger(column) && (column.precision ?? 0) > numberDigits),
    )
    const names = spec.columns.map((column) => quotedName(column.name))
    const all = [rowColumns.key, rowColumns.applied, rowColumns.dead, ...names]
    this.selectList = all.join(', ')
    const updates = all.slice(1).map((name) => `${name} = excluded.${name}`)
    this.#upsert =
      `insert into ${this.#name} (${all.join(', ')}) values (${all.map(() => '?').join(', ')}) ` +
      `on conflict (${rowColumns.key}) do update set ${updates.join(', ')}`
  }

  /** The row or tombstone with the key. */
  get(connection: SqliteConnection, key: string): StoredRow | undefined {
    const sql = `select ${this.selectList} from ${this.#name} where ${rowColumns.key} = ?`
    const values = connection.prepare(sql, { bigints: this.bigints }).get(key)
    return values && this.decode(values)
  }

  /** The key of the row that has the values of `row` in `columns`. */
  holder(connection: SqliteConnection, columns: readonly string[], row: Row): string | undefined {
    const named = columns.map((name) => this.spec.columns.find((column) => column.name === name)!)
    const tests = named.map((column) => `${quotedName(column.name)} = ?`)
    const sql = `select ${rowColumns.key} from ${this.#name} where ${rowColumns.dead} = 0 and ${tests.join(' and ')}`
    const found = connection.prepare(sql).get(...named.map((column) => encode(column, valueIn(row, column.name))))
    return found?.[0] as string | undefined
  }

  /** Writes the last state of each key, after the units have been decided. */
  write(connection: SqliteConnection, writes: Iterable<RowWrite>): void {
    const upsert = connection.prepare(this.#upsert)
    const remove = connection.prepare(`delete from ${this.#name} where ${rowColumns.key} = ?`)
    const list = [...writes]
    // Two rows may exchange a unique value: first nobody has it, then each has its new one.
    if (this.spec.unique.length > 0) for (const { key } of list) remove.run(key)
    for (const write of list) {
      if (write.row === undefined && write.tombstone !== true) remove.run(write.key)
      else upsert.run(...this.#encode(write))
    }
  }

  /** A row as it was written. */
  decode(values: readonly unknown[]): StoredRow {
    return storedRow(this.spec.columns, values, decode)
  }

  #encode({ key, row, applied }: RowWrite): Parameter[] {
    const values: Parameter[] = [key, applied, row === undefined ? 1 : 0]
    for (const column of this.spec.columns) values.push(encode(column, valueIn(row, column.name)))
    return values
  }
}

function encode(column: Column, value: unknown): Parameter {
  if (value === null || value === undefined) return null
  switch (column.kind) {
    case 'boolean':
      return value === true ? 1 : 0
    case 'decimal': {
      const { scale = 0 } = column
      return isInteger(column) ? unitsOf(value as string, scale) : sortableText(value as string, scale)
    }
    case 'json':
      return canonicalJson(value)
    case 'bytes':
      return boundBytes(value as Uint8Array)
    default:
      return value as Parameter
  }
}

/** The scaled integer of a canonical decimal; a number where it is exact, since bigints cost ten times as much. */
function unitsOf(value: string, scale: number): number | bigint {
  const point = value.length - scale - 1
  if (value.length > numberDigits || (scale > 0 && value[point] !== '.')) return decimal.units(value, scale)
  const units = Number(scale === 0 ? value : value.slice(0, point) + value.slice(point + 1))
  return Number.isSafeInteger(units) ? units : decimal.units(value, scale)
}

function decode(column: Column, stored: unknown): unknown {
  switch (column.kind) {
    case 'integer':
      return Number(stored)
    case 'boolean':
      return Number(stored) === 1
    case 'decimal': {
      const { scale = 0 } = column
      return isInteger(column)
        ? decimal.fromUnits(BigInt(stored as number), scale)
        : decimalOfText(stored as string, scale)
    }
    case 'json':
      return parseJson(stored as string)
    default:
      return stored
  }
}

function isInteger({ kind, precision = Infinity }: Pick<Column, 'kind' | 'precision'>): boolean {
  return kind === 'decimal' && precision <= integerDigits
}
