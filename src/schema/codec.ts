import { decodeBase64, encodeBase64 } from '../base/base64.ts'
import type { Shape } from './field.ts'
import type { FieldNode, NamedField, ShapeNode } from './node.ts'
import { setOwn } from './own-member.ts'
import { shapeNode } from './shape.ts'

/** Turns data into what JSON can hold and back. Both directions leave the given value as it is. */
export interface Codec {
  /** Valid data in its JSON form: `long` as text, `bytes` as base64. Fields that the schema does not know are kept. */
  encode(data: unknown): unknown
  /**
   * JSON as data. It checks nothing: what does not have the form stays as it is, so that validation can name it.
   * A `long` may also be a number without loss. Fields that the schema does not know are kept.
   */
  decode(json: unknown): unknown
}

const known = new WeakMap<ShapeNode, Codec | null>()

/** The codec of a shape; null when data and its JSON are the same, so that hot paths skip it. */
export function codec(shape: Shape): Codec | null {
  return nodeCodec(shapeNode(shape))
}

/** As `codec`, for a node. */
export function nodeCodec(node: ShapeNode): Codec | null {
  const earlier = known.get(node)
  if (earlier !== undefined) return earlier
  const made = make(node)
  known.set(node, made)
  return made
}

function make(node: ShapeNode): Codec | null {
  switch (node.kind) {
    case 'long':
      return longCodec
    case 'bytes':
      return bytesCodec
    case 'array':
      return listCodec(nodeCodec(node.of))
    case 'map':
      return mapCodec(nodeCodec(node.of))
    case 'record':
    case 'fields':
      return fieldsCodec(node.fields)
    case 'union':
      return unionCodec(
        node.tag,
        node.variants.map(({ value, record }) => [value, nodeCodec(record)]),
      )
    default:
      return null
  }
}

const wholeNumber = /^-?\d{1,19}$/

const longCodec: Codec = {
  encode: (data) => (typeof data === 'bigint' ? data.toString() : data),
  decode(json) {
    if (typeof json === 'string' && wholeNumber.test(json)) return BigInt(json)
    return typeof json === 'number' && Number.isSafeInteger(json) ? BigInt(json) : json
  },
}

const bytesCodec: Codec = {
  encode: (data) => (data instanceof Uint8Array ? encodeBase64(data) : data),
  decode: (json) => (typeof json === 'string' ? (decodeBase64(json) ?? json) : json),
}

type Step = (value: unknown) => unknown

function listCodec(item: Codec | null): Codec | null {
  if (item === null) return null
  const each =
    (step: Step): Step =>
    (value) =>
      Array.isArray(value) ? value.map(step) : value
  return { encode: each(item.encode), decode: each(item.decode) }
}

function mapCodec(entry: Codec | null): Codec | null {
  if (entry === null) return null
  const each =
    (step: Step): Step =>
    (value) => {
      if (!isObject(value)) return value
      const result: Record<string, unknown> = {}
      for (const key of Object.keys(value)) setOwn(result, key, step(value[key]))
      return result
    }
  return { encode: each(entry.encode), decode: each(entry.decode) }
}

function fieldsCodec(fields: readonly NamedField[]): Codec | null {
  const coded = new Map<string, Codec>()
  for (const { name, node } of fields) {
    const inner = nodeCodec(node)
    if (inner !== null) coded.set(name, inner)
  }
  if (coded.size === 0) return null
  const each =
    (side: 'encode' | 'decode'): Step =>
    (value) => {
      if (!isObject(value)) return value
      const result: Record<string, unknown> = {}
      for (const key of Object.keys(value)) {
        const inner = coded.get(key)
        setOwn(result, key, inner === undefined ? value[key] : inner[side](value[key]))
      }
      return result
    }
  return { encode: each('encode'), decode: each('decode') }
}

function unionCodec(tag: string, variants: readonly (readonly [string, Codec | null])[]): Codec | null {
  const coded = new Map<unknown, Codec | null>(variants)
  if (variants.every(([, inner]) => inner === null)) return null
  const each =
    (side: 'encode' | 'decode'): Step =>
    (value) => {
      const inner = isObject(value) ? coded.get(value[tag]) : undefined
      return inner ? inner[side](value) : value
    }
  return { encode: each('encode'), decode: each('decode') }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
