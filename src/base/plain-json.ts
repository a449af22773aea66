import { encodeBase64 } from './base64.ts'
import type { Json } from './json.ts'

/** What lies deeper is left out: whoever looks at it is a person. */
const deepest = 64

/**
 * Any value as JSON for people: long numbers as text, bytes as base64, times as ISO text, maps and sets as objects and
 * lists, objects of classes by their own members. What cannot be shown, functions for example, is left out. It never
 * throws for a value that holds itself.
 */
export function plainJson(value: unknown, depth: number = 0): Json {
  const inner = (each: unknown): Json => plainJson(each, depth + 1)
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return String(value)
    case 'object':
      break
    default:
      return null
  }
  if (value === null || depth > deepest) return null
  if (Array.isArray(value)) return value.map(inner)
  if (value instanceof Uint8Array) return encodeBase64(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Map) return objectOf([...value].map(([name, each]) => [keyText(name), inner(each)]))
  if (value instanceof Set) return [...value].map(inner)
  return objectOf(
    Object.entries(value).flatMap(([name, each]) =>
      each === undefined || typeof each === 'function' || typeof each === 'symbol' ? [] : [[name, inner(each)]],
    ),
  )
}

function keyText(key: unknown): string {
  return typeof key === 'string' ? key : JSON.stringify(plainJson(key))
}

/** Own members whatever they are called, `__proto__` as well. */
function objectOf(entries: readonly (readonly [string, Json])[]): Json {
  return Object.fromEntries(entries)
}
