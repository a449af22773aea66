import { decodeBase64 } from '../../base/base64.ts'
import { parseDuration } from '../../base/duration.ts'
import { canonicalJson, type Json } from '../../base/json.ts'
import { avroName } from './model.ts'
import { bytesOfDecimal, daysOfDate } from './scalar.ts'
import type { AvroJson } from './text.ts'
import type { FieldNode, NamedField, UnionNode } from '../node.ts'

/**
 * A declared default, which is valid and canonical, as the default of an Avro field. `refused` makes the error for one
 * that Avro cannot write: where a union stands inside of it, readers take values of the union's first type alone.
 */
export function avroDefault(node: FieldNode, value: Json, refused: (problem: string) => Error): AvroJson {
  if (value === null) return node.kind === 'json' && node.nullable !== true ? 'null' : null
  switch (node.kind) {
    case 'long':
      return BigInt(value as string)
    case 'bytes':
      return byteText(decodeBase64(value as string)!)
    case 'decimal':
      return byteText(bytesOfDecimal(value as string, node.scale))
    case 'timestamp':
      return Date.parse(value as string)
    case 'date':
      return daysOfDate(value as string)
    case 'duration':
      return parseDuration(value as string)!
    case 'enum':
      return avroName(value as string)
    case 'literal':
      return typeof value === 'string' ? avroName(value) : value
    case 'json':
      return canonicalJson(value)
    case 'array':
      return (value as readonly Json[]).map((item) => inside(node.of, item, refused))
    case 'map':
      return mapped(value, (item) => inside(node.of, item, refused))
    case 'record':
      return members(node.fields, value, refused)
    case 'union':
      return members(variantOf(node, value), value, refused)
    default:
      return value
  }
}

type Refused = (problem: string) => Error
type Members = { readonly [key: string]: Json }

/** As `avroDefault`, for a value inside of another default. */
function inside(node: FieldNode, value: Json | undefined, refused: Refused): AvroJson {
  const absence = node.optional === true || node.nullable === true
  const nullFirst = absence && (node.default === undefined || node.default === null)
  const isNull = value === undefined || value === null
  const first = firstVariant(node)
  const fits =
    (!absence || isNull === nullFirst || (node.kind === 'literal' && node.value === null)) &&
    (isNull || first === undefined || (value as Members)[(node as UnionNode).tag] === first)
  if (fits) return value === undefined ? null : avroDefault(node, value, refused)
  throw refused(`its default has ${JSON.stringify(value ?? null)} where Avro allows the first type of a union alone`)
}

function firstVariant(node: FieldNode): string | undefined {
  if (node.kind !== 'union') return undefined
  const preset = node.default as Members | null | undefined
  return (preset?.[node.tag] as string | undefined) ?? node.variants[0]!.value
}

function members(fields: readonly NamedField[], value: Json, refused: Refused): AvroJson {
  const given = value as Members
  const present = (name: string): Json | undefined => (Object.hasOwn(given, name) ? given[name] : undefined)
  return Object.fromEntries(fields.map(({ name, node }) => [name, inside(node, present(name), refused)]))
}

function variantOf(node: UnionNode, value: Json): readonly NamedField[] {
  const tag = (value as Members)[node.tag]
  return node.variants.find((variant) => variant.value === tag)!.record.fields
}

function mapped(value: Json, each: (item: Json) => AvroJson): AvroJson {
  return Object.fromEntries(Object.entries(value as Members).map(([key, item]) => [key, each(item)]))
}

function byteText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
}
