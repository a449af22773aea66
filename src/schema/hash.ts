import { fingerprint } from '../base/fingerprint.ts'
import { canonicalJson, type Json } from '../base/json.ts'
import type { FieldNode, NamedField, ShapeNode, Variant } from './node.ts'

/**
 * The text that two shapes share when the same JSON is valid for both: kinds, parameters, constraints, defaults and
 * what may be absent. Documentation, aliases, Protobuf numbers, personal data marks and the order of fields and choices
 * are left out: they may change without a new schema version.
 */
export function schemaText(node: ShapeNode): string {
  return canonicalJson(reduced(node))
}

/** A hash of `schemaText`, 32 hexadecimal digits, for the lock file. A stored value: it never changes for a shape. */
export function schemaHash(node: ShapeNode): string {
  return fingerprint(schemaText(node))
}

function reduced(node: ShapeNode): Json {
  if (node.kind === 'fields') return { kind: 'fields', fields: reducedFields(node.fields) }
  const { doc: _doc, aliases: _aliases, number: _number, pii: _pii, ...rest } = node
  return { ...rest, ...inside(node) } as Json
}

function inside(node: FieldNode): { readonly [key: string]: Json } {
  switch (node.kind) {
    case 'array':
    case 'map':
      return { of: reduced(node.of) }
    case 'record':
      return { fields: reducedFields(node.fields) }
    case 'union':
      return { variants: reducedVariants(node.variants) }
    case 'enum':
      return { values: [...node.values].sort() }
    case 'foreign':
      return node.jsonSchema === undefined ? {} : { jsonSchema: structureOf(node.jsonSchema) }
    default:
      return {}
  }
}

function reducedVariants(variants: readonly Variant[]): Json {
  return Object.fromEntries(variants.map(({ value, record }) => [value, reduced(record)]))
}

function reducedFields(fields: readonly NamedField[]): Json {
  return Object.fromEntries(fields.map(({ name, node }) => [name, reduced(node)]))
}

const plain = new Set(['type', 'required', 'enum', 'const', 'default', '$ref'])
const nested = new Set(['items', 'prefixItems', 'anyOf', 'oneOf', 'allOf'])
const named = new Set(['properties', '$defs'])

/** The keywords that say which JSON is valid, so that another release of the library does not look like a change. */
function structureOf(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(structureOf)
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema)
  return Object.fromEntries(
    entries.flatMap(([keyword, value]): [string, Json][] => {
      if (plain.has(keyword)) return [[keyword, value]]
      if (nested.has(keyword)) return [[keyword, structureOf(value)]]
      if (!named.has(keyword) || typeof value !== 'object' || value === null) return []
      return [[keyword, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, structureOf(inner)]))]]
    }),
  )
}
