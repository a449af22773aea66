import { booleanCheck, bytesCheck, intCheck, literalCheck, longCheck, realCheck } from './check-number.ts'
import {
  dateCheck,
  decimalCheck,
  durationCheck,
  enumCheck,
  textCheck,
  timestampCheck,
  uuidCheck,
} from './check-text.ts'
import { fieldsCheck, unionCheck } from './check-fields.ts'
import { foreignCheck } from './check-foreign.ts'
import { jsonCheck } from './check-json.ts'
import { arrayCheck, mapCheck } from './check-list.ts'
import { nodeCodec } from './codec.ts'
import type { FieldNode, ShapeNode } from './node.ts'
import type { Check } from './run.ts'

/** The check of a shape: closures made once, no code generation. */
export function checkOfShape(node: ShapeNode): Check {
  return node.kind === 'fields' ? fieldsCheck(node.fields, '', false, checkOf) : checkOf(node, false)
}

/** The check of a node with its traits. `masked` is true inside personal data. */
export function checkOf(node: FieldNode, masked: boolean): Check {
  const inner = kindCheck(node, masked || node.pii !== undefined)
  const { optional, nullable } = node
  const fallback = node.default === undefined ? undefined : defaultOf(node, inner)
  if (optional !== true && nullable !== true && fallback === undefined) return inner
  return (value, run) => {
    if (value === undefined) {
      if (fallback !== undefined) return fallback()
      if (optional === true) return undefined
    }
    return value === null && nullable === true ? null : inner(value, run)
  }
}

function kindCheck(node: FieldNode, masked: boolean): Check {
  switch (node.kind) {
    case 'string':
      return textCheck(node, masked)
    case 'uuid':
      return uuidCheck(node, masked)
    case 'int':
      return intCheck(node, masked)
    case 'long':
      return longCheck(node, masked)
    case 'float':
    case 'double':
      return realCheck(node, masked)
    case 'boolean':
      return booleanCheck(node, masked)
    case 'bytes':
      return bytesCheck(node, masked)
    case 'decimal':
      return decimalCheck(node, masked)
    case 'timestamp':
      return timestampCheck(node, masked)
    case 'date':
      return dateCheck(node, masked)
    case 'duration':
      return durationCheck(node, masked)
    case 'enum':
      return enumCheck(node, masked)
    case 'literal':
      return literalCheck(node, masked)
    case 'json':
      return jsonCheck(masked)
    case 'array':
      return arrayCheck(node, masked, checkOf)
    case 'map':
      return mapCheck(node, masked, checkOf)
    case 'record':
      return fieldsCheck(node.fields, `${node.name}: `, masked, checkOf)
    case 'union':
      return unionCheck(node, masked, checkOf)
    case 'foreign':
      return foreignCheck(node, masked)
  }
}

/** The default was valid when it was declared. Bytes cannot be frozen, so what is no scalar is made anew each time. */
function defaultOf(node: FieldNode, check: Check): () => unknown {
  const codec = nodeCodec(node)
  const value: unknown = codec === null ? node.default : codec.decode(node.default)
  if (typeof value !== 'object' || value === null) return () => value
  return () => check(value, { issues: [], stored: true })
}
