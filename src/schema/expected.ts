import type { DecimalNode, FieldNode, LengthBounds } from './node.ts'

/** What belongs into a field, in a few words for messages: `int`, `decimal(12, 3)`, `one of "a", "b"`, `Item`. */
export function expectedOf(node: FieldNode): string {
  switch (node.kind) {
    case 'long':
      return 'long (a bigint)'
    case 'bytes':
      return 'bytes (a Uint8Array)'
    case 'decimal':
      return expectedDecimal(node)
    case 'timestamp':
      return 'timestamp (text such as "2026-01-31T09:30:00.000Z")'
    case 'date':
      return 'date (a day such as "2026-01-31")'
    case 'duration':
      return 'duration (text such as "250ms", "5s", "1h")'
    case 'enum':
      return oneOf(node.values)
    case 'literal':
      return JSON.stringify(node.value)
    case 'json':
      return 'a JSON value'
    case 'array':
      return 'an array'
    case 'map':
      return 'an object'
    case 'record':
      return `${node.name} (an object)`
    case 'union':
      return 'an object'
    case 'foreign':
      return `what the ${node.vendor} schema accepts`
    default:
      return node.kind
  }
}

function expectedDecimal(node: DecimalNode): string {
  const example = node.scale === 0 ? '"12"' : `"12.${'5'.padEnd(node.scale, '0')}"`
  return `decimal(${node.precision}, ${node.scale}) (text such as ${example})`
}

/** Lengths as words: `of 2 to 5 items`, `of at least 1 item`, `of exactly 3 items`. */
export function lengthWords(bounds: LengthBounds, one: string, many: string): string {
  const { min, max } = bounds
  const noun = (count: number | undefined): string => `${count} ${count === 1 ? one : many}`
  if (min !== undefined && min === max) return `of exactly ${noun(min)}`
  if (min !== undefined && max !== undefined) return `of ${min} to ${noun(max)}`
  return min !== undefined ? `of at least ${noun(min)}` : `of at most ${noun(max)}`
}

/** Bounds of a value as words: `from 1 to 9`, `of at least 1`. */
export function boundWords(min: unknown, max: unknown): string {
  if (min !== undefined && max !== undefined) return `from ${String(min)} to ${String(max)}`
  return min !== undefined ? `of at least ${String(min)}` : `of at most ${String(max)}`
}

/** Choices as words, at most twelve of them. */
export function oneOf(values: readonly string[]): string {
  const shown = values
    .slice(0, 12)
    .map((value) => JSON.stringify(value))
    .join(', ')
  const rest = values.length > 12 ? `, … (${values.length} in all)` : ''
  return values.length === 1 ? shown : `one of ${shown}${rest}`
}
