import type { Decimal128 } from 'mongodb'
import { decimal } from '../../base/decimal.ts'
import { decimalOfText, sortableText } from '../../base/decimal-text.ts'
import { canonicalJson, parseJson } from '../../base/json.ts'
import { valueIn } from '../../base/row-value.ts'
import type { Column, ColumnValue, Row, StoredRow, TableSpec } from '../../ports/views.ts'

/** A row as MongoDB has it; without `row` it is the tombstone of one that was deleted then. */
export interface RowDocument {
  readonly _id: string
  readonly row?: Readonly<Record<string, unknown>>
  readonly applied: number
  readonly revision: number
  readonly gone?: Date | null
}

/** What of the driver makes values. */
export interface Values {
  readonly Decimal128: { fromString(text: string): Decimal128 }
}

/** Digits of a `Decimal128`. */
const decimalDigits = 34
/** MongoDB refuses what is nested deeper than 100, and rows are nested themselves. */
const mostDepth = 60
/** No name is made like this. */
const jsonText = '%'

/** The values of a row, each column with a value, null too: some servers sort what is absent before it. */
export function rowDocument(table: TableSpec, row: Row, values: Values): Record<string, unknown> {
  const document: Record<string, unknown> = {}
  for (const column of table.columns)
    document[fieldOf(column.name)] = stored(column, valueIn(row, column.name) ?? null, values)
  return document
}

/** The row of a document as it was written. */
export function storedRow(table: TableSpec, { _id: key, row, applied, revision }: RowDocument): StoredRow {
  return { key, row: row && rowOf(table, row), applied, revision }
}

/** A value as it is compared in MongoDB. */
export function stored(column: Column, value: ColumnValue, { Decimal128 }: Values): unknown {
  if (value === null || value === undefined) return null
  switch (column.kind) {
    case 'decimal': {
      const text = decimal.fromUnits(decimal.units(value as string, column.scale!), column.scale!)
      return isNumber(column) ? Decimal128.fromString(text) : sortableText(text, column.scale!)
    }
    case 'bytes':
      // Binary values would be sorted by their length first.
      return Buffer.from(value as Uint8Array).toString('hex')
    case 'json':
      return depthOf(value) > mostDepth
        ? { [jsonText]: canonicalJson(value) }
        : fieldsOf(parseJson(canonicalJson(value)))
    default:
      return value
  }
}

/** What a column's field is called: MongoDB takes `.` and `$` for its own. */
export function fieldOf(name: string): string {
  const field = name.replaceAll(/[%.$\0]/g, (character) => `%${hex(character)}`)
  return field === '__proto__' ? '%5F_proto__' : field
}

function rowOf(table: TableSpec, document: Readonly<Record<string, unknown>>): Row {
  const row: Record<string, unknown> = {}
  for (const column of table.columns) {
    const value = valueIn(document, fieldOf(column.name)) ?? null
    if (value === null && column.optional === true) continue
    define(row, column.name, value === null ? null : opened(column, value))
  }
  return row
}

function opened(column: Column, value: unknown): ColumnValue {
  switch (column.kind) {
    case 'decimal':
      return isNumber(column) ? plain(String(value), column.scale!) : decimalOfText(value as string, column.scale!)
    case 'bytes':
      return new Uint8Array(Buffer.from(value as string, 'hex'))
    case 'long':
      return BigInt(value as bigint)
    case 'json':
      return jsonOf(value)
    default:
      return value
  }
}

function isNumber({ precision = Infinity }: Column): boolean {
  return precision <= decimalDigits
}

/** A `Decimal128` prints small numbers with an exponent. */
function plain(text: string, scale: number): string {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/.exec(text)!
  const digits = BigInt(`${whole}${fraction}`)
  const shift = scale - fraction.length + Number(exponent)
  const units = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift)
  return decimal.fromUnits(sign === '-' ? -units : units, scale)
}

function fieldsOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fieldsOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [fieldOf(name), fieldsOf(member)]))
}

function jsonOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(jsonOf)
  if (typeof value !== 'object' || value === null) return value
  const text = valueIn(value as Readonly<Record<string, unknown>>, jsonText)
  if (typeof text === 'string') return parseJson(text)
  const json: Record<string, unknown> = {}
  for (const [field, member] of Object.entries(value)) define(json, nameOf(field), jsonOf(member))
  return json
}

function nameOf(field: string): string {
  return field.replaceAll(/%([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')
}

/** Defined, not assigned: a column may be called __proto__. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true })
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}
