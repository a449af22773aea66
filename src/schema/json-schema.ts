import type { Json } from '../base/json.ts'
import type { FieldNode, LengthBounds, NamedField, ShapeNode, UnionNode } from './node.ts'

type Schema = { readonly [keyword: string]: Json }

/**
 * The JSON Schema (2020-12) of the JSON form of a shape. It says what can be said there: lengths of texts are code
 * points in it and UTF-16 units here, bounds of `long` and `decimal` are left out. Personal data have
 * `x-personal: true`, a schema of another library is what that says of itself.
 */
export function jsonSchema(node: ShapeNode): Schema {
  return node.kind === 'fields' ? objectOf(node.fields) : fieldSchema(node)
}

function fieldSchema(node: FieldNode): Schema {
  const { doc, pii } = node
  const schema = node.nullable === true ? { anyOf: [bare(node), { type: 'null' }] } : bare(node)
  return {
    ...schema,
    ...(node.default !== undefined && { default: node.default }),
    ...(doc !== undefined && { description: doc }),
    ...(pii !== undefined && { 'x-personal': true }),
  }
}

function bare(node: FieldNode): Schema {
  switch (node.kind) {
    case 'string':
      return { type: 'string', ...bounds(node, 'Length'), ...(node.pattern !== undefined && { pattern: node.pattern }) }
    case 'uuid':
      return { type: 'string', format: 'uuid' }
    case 'int':
      return { type: 'integer', minimum: node.min ?? -(2 ** 31), maximum: node.max ?? 2 ** 31 - 1 }
    case 'long':
      return { type: 'string', pattern: '^-?[0-9]{1,19}$' }
    case 'float':
    case 'double':
      return { type: 'number', ...range(node) }
    case 'boolean':
      return { type: 'boolean' }
    case 'bytes':
      return { type: 'string', contentEncoding: 'base64' }
    case 'decimal':
      return { type: 'string', pattern: decimalPattern(node.precision, node.scale) }
    case 'timestamp':
      return { type: 'string', format: 'date-time' }
    case 'date':
      return { type: 'string', format: 'date' }
    case 'duration':
      return { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$' }
    case 'enum':
      return { enum: node.values }
    case 'literal':
      return { const: node.value }
    case 'json':
      return {}
    case 'array':
      return {
        type: 'array',
        items: fieldSchema(node.of),
        ...bounds(node, 'Items'),
        ...(node.unique === true && { uniqueItems: true }),
      }
    case 'map':
      return { type: 'object', additionalProperties: fieldSchema(node.of), ...bounds(node, 'Properties') }
    case 'record':
      return { title: node.name, ...objectOf(node.fields) }
    case 'union':
      return { oneOf: node.variants.map((variant) => variantSchema(node, variant)) }
    case 'foreign':
      return isSchema(node.jsonSchema) ? node.jsonSchema : {}
  }
}

function objectOf(fields: readonly NamedField[]): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(({ name, node }) => [name, fieldSchema(node)])),
    required: fields.flatMap(({ name, node }) => (node.optional === true || node.default !== undefined ? [] : [name])),
    additionalProperties: false,
  }
}

function variantSchema({ tag }: UnionNode, { value, record }: UnionNode['variants'][number]): Schema {
  const { properties, required, ...rest } = objectOf(record.fields) as Schema & {
    readonly properties: Schema
    readonly required: readonly Json[]
  }
  return {
    title: record.name,
    ...rest,
    properties: { [tag]: { const: value }, ...properties },
    required: [tag, ...required],
  }
}

function bounds({ min, max }: LengthBounds, what: 'Length' | 'Items' | 'Properties'): Schema {
  return { ...(min !== undefined && { [`min${what}`]: min }), ...(max !== undefined && { [`max${what}`]: max }) }
}

function range({ min, max }: { readonly min?: number; readonly max?: number }): Schema {
  return { ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) }
}

function decimalPattern(precision: number, scale: number): string {
  const whole = `^-?[0-9]{1,${Math.max(1, precision - scale)}}`
  return scale === 0 ? `${whole}$` : `${whole}(\\.[0-9]{1,${scale}})?$`
}

function isSchema(json: Json | undefined): json is Schema {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
