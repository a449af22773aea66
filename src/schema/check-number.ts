import { boundWords, expectedOf, lengthWords } from './expected.ts'
import type { BytesNode, DoubleNode, FieldNode, FloatNode, IntNode, LiteralNode, LongNode } from './node.ts'
import { addIssue, addIssueAt, type Check } from './run.ts'

/** The bounds of `int`: 32 bits with a sign. */
export const intBounds = { min: -2_147_483_648, max: 2_147_483_647 } as const

/** The bounds of `long`: 64 bits with a sign. */
export const longBounds: { readonly min: bigint; readonly max: bigint } = { min: -(2n ** 63n), max: 2n ** 63n - 1n }

/** A whole number of 32 bits; -0 becomes 0. */
export function intCheck(node: IntNode, masked: boolean): Check {
  const min = node.min ?? intBounds.min
  const max = node.max ?? intBounds.max
  const beyond = `int of 32 bits, ${boundWords(intBounds.min, intBounds.max)} (long holds more)`
  const words = `int ${boundWords(node.min, node.max)}`
  return (value, run) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return addIssue(run, 'int', value, masked)
    if (value < intBounds.min || value > intBounds.max) return addIssue(run, beyond, value, masked)
    if (value < min || value > max) return addIssue(run, words, value, masked)
    return value === 0 ? 0 : value
  }
}

/** A finite number; `float` is rounded to the nearest number of 32 bits, so that it is the same in every format. */
export function realCheck(node: FloatNode | DoubleNode, masked: boolean): Check {
  const { kind, min = -Infinity, max = Infinity } = node
  const words = `${kind} ${boundWords(node.min, node.max)}`
  return (value, run) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return addIssue(run, `${kind} (finite)`, value, masked)
    const number = kind === 'float' ? Math.fround(value) : value
    if (!Number.isFinite(number)) return addIssue(run, 'float of 32 bits (double holds more)', value, masked)
    if (number < min || number > max) return addIssue(run, words, value, masked)
    return number === 0 ? 0 : number
  }
}

/** A whole number of 64 bits: a bigint. */
export function longCheck(node: LongNode, masked: boolean): Check {
  const min = node.min === undefined ? longBounds.min : BigInt(node.min)
  const max = node.max === undefined ? longBounds.max : BigInt(node.max)
  const words = `long ${boundWords(min, max)}`
  return (value, run) => {
    if (typeof value !== 'bigint') return addIssue(run, expectedOf(node), value, masked)
    return value < min || value > max ? addIssue(run, words, value, masked) : value
  }
}

/** True or false. */
export function booleanCheck(_node: FieldNode, masked: boolean): Check {
  return (value, run) => (typeof value === 'boolean' ? value : addIssue(run, 'boolean', value, masked))
}

/** One value. */
export function literalCheck(node: LiteralNode, masked: boolean): Check {
  const wanted = node.value
  return (value, run) => (value === wanted ? wanted : addIssue(run, expectedOf(node), value, masked))
}

/** Bytes; the result is a copy of its own, which JavaScript cannot freeze. */
export function bytesCheck(node: BytesNode, masked: boolean): Check {
  const { min = 0, max = Infinity } = node
  return (value, run) => {
    if (!(value instanceof Uint8Array)) return addIssue(run, expectedOf(node), value, masked)
    if (value.length >= min && value.length <= max) return new Uint8Array(value)
    return addIssueAt(run, [], `a Uint8Array ${lengthWords(node, 'byte', 'bytes')}`, `${value.length} bytes`)
  }
}
