import { isPlainObject, type Json } from '../../base/json.ts'
import { intBounds } from '../check-number.ts'
import type { AvroType } from './model.ts'

/**
 * Whether a schema may give the value as a default: in the JSON form of Avro, where bytes are text of U+0000 to U+00FF
 * and a union takes a value of any of its types. Older readers take those of its first type only, so that is what is
 * written.
 */
export function isAvroDefault(type: AvroType, value: Json): boolean {
  switch (type.kind) {
    case 'null':
      return value === null
    case 'boolean':
      return typeof value === 'boolean'
    case 'int':
      return Number.isInteger(value) && (value as number) >= intBounds.min && (value as number) <= intBounds.max
    case 'long':
      return Number.isInteger(value)
    case 'float':
    case 'double':
      return typeof value === 'number'
    case 'string':
      return typeof value === 'string'
    case 'bytes':
      return isByteText(value)
    case 'fixed':
      return isByteText(value) && (value as string).length === type.size
    case 'enum':
      return typeof value === 'string' && type.symbols.includes(value)
    case 'array':
      return Array.isArray(value) && value.every((item) => isAvroDefault(type.items, item as Json))
    case 'map':
      return isPlainObject(value) && Object.values(value).every((item) => isAvroDefault(type.values, item as Json))
    case 'union':
      return type.branches.some((branch) => isAvroDefault(branch, value))
    case 'record':
      return (
        isPlainObject(value) && type.fields.every((field) => hasMember(value, field.name, field.type, field.hasDefault))
      )
  }
}

function hasMember(
  value: Readonly<Record<string, unknown>>,
  name: string,
  type: AvroType,
  hasDefault: boolean,
): boolean {
  return Object.hasOwn(value, name) ? isAvroDefault(type, value[name] as Json) : hasDefault
}

const byteText = /^[\u0000-\u00ff]*$/

function isByteText(value: Json): boolean {
  return typeof value === 'string' && byteText.test(value)
}
