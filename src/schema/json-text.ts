import { canonicalJson } from '../base/json.ts'
import { nodeCodec } from './codec.ts'
import type { NamedField, ShapeNode } from './node.ts'

/**
 * Writes data that a validator has returned as canonical JSON. Errors: EW_JSON and EW_TEXT, for what another library's
 * schema let through.
 */
export function jsonText(node: ShapeNode): (data: unknown) => string {
  const codec = nodeCodec(node)
  // A validator has sorted declared fields and refused what JSON cannot hold: a second look would find nothing.
  const text = isWrittenInOrder(node) ? JSON.stringify : canonicalJson
  return codec === null ? (data) => text(data) : (data) => text(codec.encode(data))
}

/** Keys of maps and of foreign values may look like array indices, which engines write first; declared names cannot. */
function isWrittenInOrder(node: ShapeNode): boolean {
  const areWrittenInOrder = (fields: readonly NamedField[]): boolean =>
    fields.every((field) => isWrittenInOrder(field.node))
  switch (node.kind) {
    case 'json':
    case 'map':
    case 'foreign':
      return false
    case 'array':
      return isWrittenInOrder(node.of)
    case 'fields':
    case 'record':
      return areWrittenInOrder(node.fields)
    case 'union':
      return node.variants.every(({ record }) => areWrittenInOrder(record.fields))
    default:
      return true
  }
}
