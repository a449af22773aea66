import type { Json } from '../base/json.ts'
import type { FieldNode, ForeignNode, LiteralNode, ShapeNode } from '../schema/node.ts'

/** How a column is stored and compared. `json` holds nested values and cannot be filtered or sorted. */
export type ColumnKind = 'text' | 'integer' | 'long' | 'real' | 'boolean' | 'decimal' | 'bytes' | 'json'

/** One column of a view's table, derived from the row's schema. */
export interface Column {
  readonly name: string
  readonly kind: ColumnKind
  readonly nullable: boolean
  /** Null in this column stands for an absent member: it is read back as absent. */
  readonly optional?: boolean
  /** Digits after the point, for `decimal`. */
  readonly scale?: number
  /** All digits, for `decimal`. */
  readonly precision?: number
}

/**
 * The columns of a row, in the order of their declaration. A whole schema of another library gives those of its JSON
 * Schema, or none where it does not say.
 */
export function columnsOf(row: ShapeNode): readonly Column[] {
  if (row.kind === 'fields' || row.kind === 'record') {
    return Object.freeze(row.fields.map(({ name, node }) => columnOf(name, node)))
  }
  return Object.freeze(row.kind === 'foreign' ? foreignColumns(row) : [])
}

const kinds: { readonly [kind in FieldNode['kind']]: ColumnKind } = {
  string: 'text',
  uuid: 'text',
  timestamp: 'text',
  date: 'text',
  duration: 'text',
  enum: 'text',
  int: 'integer',
  long: 'long',
  float: 'real',
  double: 'real',
  boolean: 'boolean',
  bytes: 'bytes',
  decimal: 'decimal',
  literal: 'json',
  json: 'json',
  array: 'json',
  map: 'json',
  record: 'json',
  union: 'json',
  foreign: 'json',
}

function columnOf(name: string, node: FieldNode): Column {
  const column = bareColumnOf(name, node)
  return node.optional === true ? Object.freeze({ ...column, optional: true }) : column
}

function bareColumnOf(name: string, node: FieldNode): Column {
  const nullable = node.optional === true || node.nullable === true
  if (node.kind === 'decimal') {
    return Object.freeze({ name, kind: 'decimal', nullable, scale: node.scale, precision: node.precision })
  }
  if (node.kind === 'literal')
    return Object.freeze({ name, kind: literalKind(node), nullable: nullable || node.value === null })
  if (node.kind === 'foreign') {
    const described = typeOfJsonSchema(node.jsonSchema)
    return Object.freeze({ name, kind: described.kind, nullable: nullable || described.nullable })
  }
  return Object.freeze({ name, kind: kinds[node.kind], nullable: nullable || node.kind === 'json' })
}

function literalKind({ value }: LiteralNode): ColumnKind {
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'real'
  return 'json'
}

function foreignColumns(node: ForeignNode): readonly Column[] {
  const properties = member(node.jsonSchema, 'properties')
  if (!isObject(properties)) return []
  const required = member(node.jsonSchema, 'required')
  return Object.entries(properties).map(([name, property]) => {
    const { kind, nullable } = typeOfJsonSchema(property)
    const absent = !(Array.isArray(required) && required.includes(name))
    return Object.freeze({ name, kind, nullable: nullable || absent })
  })
}

function typeOfJsonSchema(schema: Json | undefined): { readonly kind: ColumnKind; readonly nullable: boolean } {
  const alternatives = member(schema, 'anyOf')
  if (Array.isArray(alternatives)) return typeOfAlternatives(alternatives)
  const type = member(schema, 'type')
  const types = Array.isArray(type) ? type : [type]
  const nullable = types.includes('null')
  const [only, ...more] = types.filter((name) => name !== 'null')
  if (more.length > 0) return { kind: 'json', nullable }
  if (only === 'string') return { kind: 'text', nullable }
  if (only === 'integer' || only === 'number') return { kind: 'real', nullable }
  if (only === 'boolean') return { kind: 'boolean', nullable }
  return { kind: 'json', nullable: nullable || only === undefined }
}

function typeOfAlternatives(alternatives: readonly Json[]): { readonly kind: ColumnKind; readonly nullable: boolean } {
  const [only, ...more] = alternatives.filter((schema) => member(schema, 'type') !== 'null')
  const nullable = alternatives.length > more.length + 1
  return more.length === 0 ? { kind: typeOfJsonSchema(only).kind, nullable } : { kind: 'json', nullable: true }
}

function member(schema: Json | undefined, name: string): Json | undefined {
  return isObject(schema) ? schema[name] : undefined
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
