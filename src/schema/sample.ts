import { timestampOf } from '../base/clock.ts'
import { canonicalJson } from '../base/json.ts'
import { formatDuration } from '../base/duration.ts'
import { failure } from '../base/errors.ts'
import { nodeCodec } from './codec.ts'
import { compileNode } from './compile.ts'
import type { ArrayNode, FieldNode, MapNode, NamedField, ShapeNode, Variant } from './node.ts'
import { setOwn } from './own-member.ts'
import { sampleOfPattern } from './sample-pattern.ts'
import {
  sampleBytes,
  sampleDecimal,
  sampleInt,
  sampleJson,
  sampleLong,
  sampleReal,
  sampleText,
  sampleUuid,
} from './sample-scalar.ts'
import { lengthWithin, pick, wholeWithin, type Random } from './random.ts'

/**
 * A valid value of a shape, in memory form and as validation returns it. The same numbers from `random` (0 up to 1)
 * give the same value. Edges (empty, bounds, absent, null) come often. Throws `EW_DESIGN` for a schema of another
 * library, for a pattern that is beyond `sampleOfPattern`, and for constraints that leave no room.
 */
export function sample(node: ShapeNode, random: Random): unknown {
  const value = node.kind === 'fields' ? ofFields(node.fields, random) : ofNode(node, random)
  const result = compileNode(node).parse(value)
  if (result.ok) return result.value
  throw failure('EW_DESIGN', `No sample of a ${node.kind} was found: its constraints leave too little room.`)
}

function ofNode(node: FieldNode, random: Random): unknown {
  if (node.optional === true && random() < 0.3) return undefined
  if (node.nullable === true && random() < 0.2) return null
  if (node.default !== undefined && random() < 0.2) {
    const codec = nodeCodec(node)
    return codec === null ? node.default : codec.decode(node.default)
  }
  return ofKind(node, random)
}

function ofKind(node: FieldNode, random: Random): unknown {
  switch (node.kind) {
    case 'string':
      return node.pattern === undefined ? sampleText(node, random) : sampleOfPattern(node, random)
    case 'uuid':
      return sampleUuid(random)
    case 'int':
      return sampleInt(node, random)
    case 'long':
      return sampleLong(node, random)
    case 'float':
    case 'double':
      return sampleReal(node, random)
    case 'boolean':
      return random() < 0.5
    case 'bytes':
      return sampleBytes(node, random)
    case 'decimal':
      return sampleDecimal(node, random)
    case 'timestamp':
      return timestampOf(wholeWithin(0, endOfCenturyMs, random))
    case 'date':
      return timestampOf(wholeWithin(0, endOfCenturyMs, random)).slice(0, 10)
    case 'duration':
      return formatDuration(wholeWithin(0, 100_000, random) * 10 ** wholeWithin(0, 3, random))
    case 'enum':
      return pick(node.values, random)
    case 'literal':
      return node.value
    case 'json':
      return sampleJson(3, random)
    case 'array':
      return ofArray(node, random)
    case 'map':
      return ofMap(node, random)
    case 'record':
      return ofFields(node.fields, random)
    case 'union':
      return ofVariant(node.tag, pick(node.variants, random), random)
    case 'foreign':
      throw failure('EW_DESIGN', `A ${node.vendor} schema does not say which values it accepts.`)
  }
}

const endOfCenturyMs = 4_102_444_799_999

function ofFields(fields: readonly NamedField[], random: Random): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const { name, node } of fields) {
    const member = ofNode(node, random)
    if (member !== undefined) value[name] = member
  }
  return value
}

function ofVariant(tag: string, variant: Variant, random: Random): unknown {
  return { ...ofFields(variant.record.fields, random), [tag]: variant.value }
}

/** Items that must differ are drawn again a few times when they do not. */
function ofArray(node: ArrayNode, random: Random): unknown {
  const wanted = lengthWithin(node, 4, random)
  const codec = nodeCodec(node.of)
  const seen = new Set<string>()
  const items: unknown[] = []
  for (let tries = 0; items.length < wanted && tries < wanted * 20; tries++) {
    const item = ofNode(node.of, random)
    if (node.unique === true) {
      const text = canonicalJson(codec === null ? item : codec.encode(item))
      if (seen.has(text)) continue
      seen.add(text)
    }
    items.push(item)
  }
  return items
}

function ofMap(node: MapNode, random: Random): unknown {
  const wanted = lengthWithin(node, 3, random)
  const value: Record<string, unknown> = {}
  for (let index = 0; index < wanted; index++) {
    const key = `${sampleText({ kind: 'string', max: 6 }, random)}${index}`
    setOwn(value, key, ofNode(node.of, random))
  }
  return value
}
