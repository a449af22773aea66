import { canonicalDecimal, decimal } from '../base/decimal.ts'
import { failure } from '../base/errors.ts'
import { describeValue } from '../base/json-value.ts'
import { intBounds, longBounds } from './check-number.ts'
import { withTraits } from './node-traits.ts'
import type { DecimalNode, FieldNode } from './node.ts'

const sized: ReadonlySet<string> = new Set(['string', 'bytes', 'array', 'map'])
const numeric: ReadonlySet<string> = new Set(['int', 'float', 'double'])

/** The node with a bound at one end: of its length, its size or its value, whichever its kind has. */
export function bounded(node: FieldNode, end: 'min' | 'max', bound: unknown): FieldNode {
  const next = withTraits(node, { [end]: boundOf(node, end, bound) })
  const { min, max } = next as { readonly min?: unknown; readonly max?: unknown }
  if (min !== undefined && max !== undefined && isAbove(node, min, max)) {
    throw failure('EW_DESIGN', `A ${node.kind} cannot be at least ${String(min)} and at most ${String(max)}.`)
  }
  return next
}

/** The node with one exact length. */
export function ofLength(node: FieldNode, length: number): FieldNode {
  if (node.kind !== 'string' && node.kind !== 'bytes' && node.kind !== 'array') throw noSuch(node, 'length')
  const size = lengthOf(node, 'length', length)
  return withTraits(node, { min: size, max: size })
}

/** The node with a pattern. */
export function matching(node: FieldNode, expression: RegExp): FieldNode {
  if (node.kind !== 'string') throw noSuch(node, 'pattern')
  if (!(expression instanceof RegExp) || (expression.flags !== '' && expression.flags !== 'u')) {
    const expected = 'expected an expression without flags, or with flag u'
    throw failure('EW_DESIGN', `${String(expression)} cannot be a pattern: ${expected}.`)
  }
  try {
    return withTraits(node, { pattern: new RegExp(expression.source, 'u').source })
  } catch (error) {
    throw failure('EW_DESIGN', `The pattern ${String(expression)} is not valid with flag u.`, { cause: error })
  }
}

/** The node whose items must differ. */
export function withUniqueItems(node: FieldNode): FieldNode {
  if (node.kind !== 'array') throw noSuch(node, 'unique')
  return withTraits(node, { unique: true })
}

function boundOf(node: FieldNode, end: string, bound: unknown): unknown {
  if (sized.has(node.kind)) return lengthOf(node, end, bound)
  if (numeric.has(node.kind)) return numberBound(node, end, bound)
  if (node.kind === 'long') {
    if (typeof bound === 'bigint' && bound >= longBounds.min && bound <= longBounds.max) return bound.toString()
    throw badBound(node, end, bound, 'a bigint of 64 bits')
  }
  if (node.kind === 'decimal') return decimalBound(node, end, bound)
  throw noSuch(node, end)
}

function lengthOf(node: FieldNode, end: string, bound: unknown): number {
  if (typeof bound === 'number' && Number.isSafeInteger(bound) && bound >= 0) return bound
  throw badBound(node, end, bound, 'a whole number from 0')
}

function numberBound(node: FieldNode, end: string, bound: unknown): number {
  const isInt = node.kind === 'int'
  const valid =
    typeof bound === 'number' &&
    Number.isFinite(bound) &&
    (!isInt || (Number.isInteger(bound) && bound >= intBounds.min && bound <= intBounds.max))
  if (valid) return bound === 0 ? 0 : bound
  throw badBound(node, end, bound, isInt ? 'a whole number of 32 bits' : 'a finite number')
}

function decimalBound(node: DecimalNode, end: string, bound: unknown): string {
  const text = typeof bound === 'string' ? canonicalDecimal(bound, node.precision, node.scale) : null
  if (text !== null) return text
  throw badBound(node, end, bound, `text that fits decimal(${node.precision}, ${node.scale})`)
}

function isAbove(node: FieldNode, min: unknown, max: unknown): boolean {
  if (node.kind === 'decimal' || node.kind === 'long') return decimal.compare(min as string, max as string) > 0
  return (min as number) > (max as number)
}

function noSuch(node: FieldNode, method: string): Error {
  return failure('EW_DESIGN', `A ${node.kind} has no ${method}().`)
}

function badBound(node: FieldNode, method: string, bound: unknown, expected: string): Error {
  return failure('EW_DESIGN', `${method}(${describeValue(bound)}) of a ${node.kind}: expected ${expected}.`)
}
