import { decimal } from './decimal.ts'

/** How a value of a row is compared. `json` values are never compared. */
export type ValueKind = 'text' | 'integer' | 'long' | 'real' | 'boolean' | 'decimal' | 'bytes' | 'json'

/** Orders two values of one kind. Null and absent are equal and come before everything else. */
export type CompareValues = (a: unknown, b: unknown) => number

/** The order of values of a kind: numbers by value, text by code point, bytes by byte, false before true. */
export function compareOf(kind: ValueKind): CompareValues {
  const compare = comparers[kind] as CompareValues
  return (a, b) => {
    if (a === null || a === undefined) return b === null || b === undefined ? 0 : -1
    return b === null || b === undefined ? 1 : compare(a, b)
  }
}

/**
 * Orders texts by code point, which is the order of their UTF-8 bytes and that of databases; `<` orders by UTF-16 unit.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left !== right) return inCodePointOrder(left) - inCodePointOrder(right)
  }
  return a.length - b.length
}

/** The row's own value of a column: a column called `constructor` must not find what every object inherits. */
export function valueIn(row: Readonly<Record<string, unknown>> | undefined, column: string): unknown {
  return row !== undefined && Object.hasOwn(row, column) ? row[column] : undefined
}

/**
 * One text for the values of `columns` in a row, equal exactly when all values are equal; undefined when one of them
 * is null or absent, since nothing equals a null.
 */
export function tupleOf(row: Readonly<Record<string, unknown>>, columns: readonly string[]): string | undefined {
  let text = ''
  for (const column of columns) {
    const value = valueIn(row, column)
    if (value === null || value === undefined) return undefined
    const part = value instanceof Uint8Array ? value.join() : String(value)
    text += `${part.length}:${part}`
  }
  return text
}

const comparers: Readonly<Record<ValueKind, (a: never, b: never) => number>> = {
  text: compareText,
  integer: (a: number, b: number) => a - b,
  long: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
  real: (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0),
  boolean: (a: boolean, b: boolean) => Number(a) - Number(b),
  decimal: (a: string, b: string) => decimal.compare(a, b),
  bytes: compareBytes,
  json: () => 0,
} as Readonly<Record<ValueKind, (a: never, b: never) => number>>

/** Surrogates stand for code points above all others, but their units lie below U+E000. */
function inCodePointOrder(unit: number): number {
  return unit < 0xd800 ? unit : unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    if (a[index] !== b[index]) return (a[index] as number) - (b[index] as number)
  }
  return a.length - b.length
}
