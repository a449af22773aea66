import { failure } from './errors.ts'
import { formatPath } from './json-path.ts'
import { describeValue } from './json-value.ts'
import { isStorable, textFault } from './text.ts'

/** Any value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** The deepest nesting that is written, and that is read from outside: `[[]]` has depth 2. */
export const maxJsonDepth = 100

/**
 * The one text of a JSON value: object keys sorted by UTF-16 code unit, no white space, numbers and text as JavaScript
 * writes them, -0 as 0. Members that are undefined are left out.
 *
 * Equal values give equal texts, so hashes, checksums and comparisons may be made over it. Throws `EW_JSON` with the
 * path for anything else (NaN, bigint, Date, functions, undefined in arrays, nesting deeper than `maxJsonDepth`)
 * and `EW_TEXT` for U+0000 and lone surrogates. A value whose keys are sorted already costs about 1.3 times
 * `JSON.stringify`, any other about three times; values that schemas return are sorted.
 */
export function canonicalJson(value: unknown): string {
  const ready = isInOrder(value, 0) ? value : inOrder(value, 0)
  const text = ready === unordered ? write(value, []) : JSON.stringify(ready)
  if (text.includes('\\u')) refuseUnstorable(value, [])
  return text
}

/**
 * Reads a JSON text; throws `EW_JSON` when it is not one. The key `__proto__` becomes an own key as any other.
 * Text from outside passes `maxDepth`, so that what follows may recurse.
 */
export function parseJson(text: string, maxDepth?: number): Json {
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch (error) {
    throw failure('EW_JSON', `The text is not valid JSON${place(error)}.`, { details: { length: text.length } })
  }
  if (maxDepth !== undefined && isDeeper(value, maxDepth)) {
    throw failure('EW_JSON', `The JSON is nested deeper than ${maxDepth} levels.`, { details: { maxDepth } })
  }
  return value
}

/** True when `JSON.stringify` alone writes the canonical text. */
function isInOrder(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth >= maxJsonDepth) return false
  if (Array.isArray(value)) return isArrayInOrder(value, depth)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  let last = ''
  for (const key in value) {
    if (key < last) return false
    last = key
    const member = (value as Record<string, unknown>)[key]
    if (member !== undefined && !isInOrder(member, depth + 1)) return false
  }
  return true
}

function isArrayInOrder(value: readonly unknown[], depth: number): boolean {
  for (let index = 0; index < value.length; index++) {
    if (!isInOrder(value[index], depth + 1)) return false
  }
  return Object.getPrototypeOf(value) === Array.prototype
}

/** Stands for a value that has no copy of which `JSON.stringify` writes the canonical text. */
const unordered = Symbol('unordered')

/** A copy with sorted keys, or `unordered`: an object has keys that are numbers, or begin so, before all others. */
function inOrder(value: unknown, depth: number): unknown {
  if (Array.isArray(value) || !isPlainObject(value)) return isInOrder(value, depth) ? value : unordered
  if (depth >= maxJsonDepth) return unordered
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value).sort()) {
    if (startsWithDigit.test(key) || key === '__proto__') return unordered
    const member = value[key]
    if (member === undefined) continue
    const ready = inOrder(member, depth + 1)
    if (ready === unordered) return unordered
    copy[key] = ready
  }
  return copy
}

const startsWithDigit = /^\d/

function write(value: unknown, path: PropertyKey[]): string {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (typeof value !== 'object' || typeof value === 'number') throw unwritable(value, path)
  if (path.length >= maxJsonDepth) {
    const problem = `nested deeper than ${maxJsonDepth} levels or a cycle`
    throw failure('EW_JSON', `${where(path.slice(0, 8))}: ${problem}.`, { details: { path: [...path] } })
  }
  if (Array.isArray(value)) return writeArray(value, path)
  if (!isPlainObject(value)) throw unwritable(value, path)
  return writeObject(value, path)
}

function writeArray(value: readonly unknown[], path: PropertyKey[]): string {
  let text = '['
  for (let index = 0; index < value.length; index++) {
    path.push(index)
    text += index === 0 ? write(value[index], path) : ',' + write(value[index], path)
    path.pop()
  }
  return text + ']'
}

function writeObject(value: Readonly<Record<string, unknown>>, path: PropertyKey[]): string {
  let text = '{'
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member === undefined) continue
    path.push(key)
    text += `${text === '{' ? '' : ','}${JSON.stringify(key)}:${write(member, path)}`
    path.pop()
  }
  return text + '}'
}

/**
 * Whether the value is an object that holds nothing but its own members: an object literal, parsed JSON, or an object
 * without a prototype. Arrays and instances of classes are not.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // The plain prototype of another realm is not ours, but like ours it has none itself.
  return (
    prototype === Object.prototype ||
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf'))
  )
}

function refuseUnstorable(value: unknown, path: PropertyKey[]): void {
  if (typeof value === 'string') {
    if (!isStorable(value)) throw unstorable(value, path)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue
      path.push(Array.isArray(value) ? Number(key) : key)
      if (!isStorable(key)) throw unstorable(key, path)
      refuseUnstorable(member, path)
      path.pop()
    }
  }
}

function unstorable(text: string, path: PropertyKey[]): Error {
  return failure('EW_TEXT', `${where(path)}: a text with ${textFault(text)}.`, { details: { path: [...path] } })
}

function unwritable(value: unknown, path: PropertyKey[]): Error {
  return failure('EW_JSON', `${where(path)}: ${describeValue(value)} cannot be written as JSON.`, {
    details: { path: [...path] },
  })
}

function where(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'The value' : `At ${formatPath(path)}`
}

function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels <= 0) return true
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    if (isDeeper(member, levels - 1)) return true
  }
  return false
}

/** Says where, without the excerpt of the text that the engine's own message quotes: the text may be personal data. */
function place(error: unknown): string {
  const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined
  return position === undefined ? '' : ` (position ${position})`
}
