import { isPlainObject } from '../base/json.ts'
import { setOwn } from '../schema/own-member.ts'
import type { FieldNode, NamedField, ShapeNode } from '../schema/node.ts'

/**
 * The value without members that its schema does not know: what an upcaster passed on from stored data that another
 * release wrote. Values of another form stay as they are, for validation to name.
 */
export function knownFields(node: ShapeNode, value: unknown): unknown {
  switch (node.kind) {
    case 'fields':
    case 'record':
      return isPlainObject(value) ? knownMembers(node.fields, value) : value
    case 'array':
      return Array.isArray(value) ? value.map((item) => knownFields(node.of, item)) : value
    case 'map':
      return isPlainObject(value) ? mapped(node.of, value) : value
    case 'union': {
      if (!isPlainObject(value)) return value
      const record = node.variants.find((variant) => variant.value === value[node.tag])?.record
      return record === undefined ? value : { ...knownMembers(record.fields, value), [node.tag]: value[node.tag] }
    }
    default:
      return value
  }
}

type Members = Readonly<Record<string, unknown>>

function knownMembers(fields: readonly NamedField[], value: Members): Members {
  const known: Record<string, unknown> = {}
  for (const { name, node } of fields) {
    if (Object.hasOwn(value, name)) known[name] = knownFields(node, value[name])
  }
  return known
}

function mapped(of: FieldNode, value: Members): Members {
  const entries: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) setOwn(entries, key, knownFields(of, item))
  return entries
}
