import { decimal } from '../../base/decimal.ts'
import { canonicalJson, parseJson } from '../../base/json.ts'
import { valueIn } from '../../base/row-value.ts'
import type { Column, RowWrite, StoredRow, TableSpec } from '../../ports/views.ts'
import { quotedName, rowColumns, type SqlDialect } from '../sql/dialect.ts'
import { storedRow } from '../sql/stored-row.ts'

// The most digits that a column with a fixed scale may have.
const mostDigits = 1_000

/** PostgreSQL's way with view tables: each kind has a type of its own, and texts are compared byte by byte. */
export function postgresDialect(schema: string): SqlDialect {
  return {
    typeOf,
    encode,
    placeholder: (n) => `$${n}`,
    nullsFirst: false,
    qualifier: `${quotedName(schema)}.`,
    tableSuffix: '',
  }
}

const types = {
  text: 'text collate "C"',
  integer: 'bigint',
  long: 'bigint',
  real: 'double precision',
  boolean: 'boolean',
  bytes: 'bytea',
  json: 'json',
} as const

/** The statements and the coding of rows of one view table. */
export class ViewTable {
  readonly spec: TableSpec
  /** The list of a SELECT whose rows `decode` reads. */
  readonly selectList: string
  /** The rows and tombstones with some keys, an array. */
  readonly getStatement: string
  /** What the rows with some keys have applied, null where there is none; the keys are a JSON array. Locks the rows. */
  readonly appliedQuery: string
  /** Writes the last state of each key that a winner has written. */
  readonly upsertStatement: string
  /** Writes rows into a table that has none of them. */
  readonly fillStatement: string
  readonly #foldStatement: (condition: string) => string
  readonly #deleteAll: string
  readonly #deleteRemoved: string

  constructor(spec: TableSpec, schema: string) {
    this.spec = spec
    const name = `${quotedName(schema)}.${quotedName(spec.name)}`
    const names = spec.columns.map((column) => quotedName(column.name))
    const { key, applied, dead } = rowColumns
    const all = [key, applied, dead, ...names]
    this.selectList = all.join(', ')
    this.getStatement = `select ${this.selectList} from ${name} where ${key} = any(?::text[])`
    const fields = spec.columns.map((column, index) => `c${index} ${recordType(column)}`)
    const record = ['u int', 'x boolean', 'k text', 'a bigint', 'b smallint', ...fields].join(', ')
    const source = (rows: string): string =>
      `rows from (json_to_recordset(${rows}) as (${record})) ` +
      `with ordinality y(u, x, k, a, b${spec.columns.map((_, index) => `, c${index}`).join('')}, o)`
    const lastOf = (rows: string, winners = ''): string =>
      `(select distinct on (y.k collate "C") y.* from ${source(rows)} ` +
      `${winners}order by y.k collate "C", y.o desc) w`
    const values = ['w.k', 'w.a', 'w.b', ...spec.columns.map((_, index) => `w.c${index}`)].join(', ')
    const updates = all.slice(1).map((column) => `${column} = excluded.${column}`)
    const upsert = (from: string): string =>
      `insert into ${name} (${this.selectList}) select ${values} from ${from} ` +
      `where not w.x order by w.k collate "C" ` +
      `on conflict (${key}) do update set ${updates.join(', ')}`
    const last = lastOf('$1', 'where $2[y.u] = 0 ')
    this.upsertStatement = upsert(last)
    this.#foldStatement = (condition) => upsert(`${condition}, ${lastOf('?')}`)
    this.fillStatement = `insert into ${name} (${this.selectList}) select ${values} from (select y.* from ${source('$1')}) w`
    this.#deleteAll = `delete from ${name} m using ${last} where m.${key} = w.k`
    this.#deleteRemoved = `${this.#deleteAll} and w.x`
    this.appliedQuery =
      `select array_agg(m.${applied} order by y.o) from json_array_elements_text($1) with ordinality y(k, o) ` +
      `left join (select t.${key}, t.${applied} from ${name} t ` +
      `where t.${key} in (select z.k collate "C" from json_array_elements_text($1) z(k)) ` +
      `order by t.${key} for update) m ` +
      `on m.${key} = y.k collate "C"`
  }

  /** Writes the last state of each key, none of which goes, where the CTE `condition` has a row. */
  foldStatement(condition: string): string {
    return this.#foldStatement(condition)
  }

  /**
   * What has to go before the upsert; undefined when nothing has. Two rows may exchange a unique value: then nobody has
   * it first, and after that each has its new one.
   */
  deleteStatement(removes: boolean): string | undefined {
    if (this.spec.unique.length > 0) return this.#deleteAll
    return removes ? this.#deleteRemoved : undefined
  }

  /** A write as the statements take it. */
  rowJson({ key, row, applied, tombstone }: RowWrite, unit: number): string {
    const gone = row === undefined && tombstone !== true
    let text = `{"u":${unit},"x":${gone},"k":${JSON.stringify(key)},"a":${applied},"b":${row === undefined ? 1 : 0}`
    if (row !== undefined) {
      const { columns } = this.spec
      for (let index = 0; index < columns.length; index++) {
        const value = jsonValue(columns[index]!, valueIn(row, columns[index]!.name))
        if (value !== undefined) text += `,"c${index}":${value}`
      }
    }
    return `${text}}`
  }

  /** A row as it was written. */
  decode(values: readonly unknown[]): StoredRow {
    return storedRow(this.spec.columns, values, decode)
  }
}

function typeOf(column: Column): string {
  if (column.kind !== 'decimal') return types[column.kind]
  const { precision = Infinity, scale = 0 } = column
  return precision <= mostDigits ? `numeric(${precision}, ${scale})` : 'numeric'
}

/** As it travels: a collation belongs to a column, and an array of a record cannot have one. */
function recordType(column: Column): string {
  return column.kind === 'text' ? 'text' : typeOf(column)
}

/** The value as JSON, or undefined for null. */
function jsonValue(column: Column, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined
  switch (column.kind) {
    case 'json':
      return canonicalJson(value)
    case 'bytes':
      return `"\\\\x${Buffer.from(value as Uint8Array).toString('hex')}"`
    case 'long':
      return String(value as bigint)
    default:
      return JSON.stringify(value)
  }
}

/** What is bound for a value in a query. */
function encode(column: Column, value: unknown): unknown {
  if (value === null || value === undefined) return null
  return column.kind === 'long' ? String(value) : value
}

function decode(column: Column, stored: unknown): unknown {
  switch (column.kind) {
    case 'integer':
      return Number(stored)
    case 'long':
      return BigInt(stored as string | number)
    case 'decimal':
      return decimal.round(stored as string, column.scale ?? 0)
    case 'json':
      return parseJson(stored as string)
    default:
      return stored
  }
}
