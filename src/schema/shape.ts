import { failure } from '../base/errors.ts'
import { describeValue } from '../base/json-value.ts'
import { isPlainObject } from '../base/json.ts'
import { quoted } from '../base/text.ts'
import type { Fields, Schema, Shape } from './field.ts'
import { nodeOfForeign } from './foreign.ts'
import type { FieldNode, FieldsNode, NamedField, RecordNode, ShapeNode } from './node.ts'

/** Whether the value speaks Standard Schema: a field of `t`, or a schema of another library. */
export function isSchema(value: unknown): value is Schema {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value
}

/**
 * The plain description of a shape; the same object for the same shape. Throws `EW_DESIGN` for field names that are no
 * identifiers, repeated Protobuf numbers, a `pii` subject that is no field, and two records of one name that differ.
 */
export function shapeNode(shape: Shape): ShapeNode {
  const earlier = known.get(shape)
  if (earlier !== undefined) return earlier
  const node = isSchema(shape) ? nodeOf(shape) : fieldsNode(shape)
  refuseTwins(node, new Map())
  known.set(shape, node)
  return node
}

/** The description of a field map, in the order of its declaration. Errors as `shapeNode`. */
export function fieldsNode(fields: Fields): FieldsNode {
  return Object.freeze({ kind: 'fields', fields: namedFields(fields, 'a field map') })
}

/** The description of one schema. */
export function nodeOf(schema: Schema): FieldNode {
  const { node } = schema as { readonly node?: FieldNode }
  const own = node !== undefined && schema['~standard'].vendor === 'eventwright'
  if (own) return node
  const earlier = foreign.get(schema)
  if (earlier !== undefined) return earlier
  const made = nodeOfForeign(schema)
  foreign.set(schema, made)
  return made
}

const known = new WeakMap<Shape, ShapeNode>()
const foreign = new WeakMap<Schema, FieldNode>()
const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/

/** Checks a name that every format and database must be able to carry. */
export function checkName(name: string, what: string): void {
  if (typeof name === 'string' && identifier.test(name) && name !== '__proto__') return
  const rule = 'a letter or _, then up to 99 letters, digits or _'
  throw failure('EW_DESIGN', `${describeValue(name)} is no name for ${what}: use ${rule}.`)
}

/** The fields of a map with their names; `where` names the map in messages. */
export function namedFields(fields: Fields, where: string): readonly NamedField[] {
  if (!isPlainObject(fields)) {
    throw failure('EW_DESIGN', `${describeValue(fields)} cannot be ${where}: expected { name: t.string(), … }.`)
  }
  const named = Object.keys(fields).map((name) => {
    checkName(name, `a field of ${where}`)
    const schema: unknown = fields[name]
    if (!isSchema(schema)) {
      const problem = `Field ${name} of ${where} is ${describeValue(schema)}`
      throw failure('EW_DESIGN', `${problem}: expected a field of t or a Standard Schema.`)
    }
    return Object.freeze({ name, node: nodeOf(schema) })
  })
  refuseNumberTwins(named, where)
  refuseUnknownSubjects(named, where)
  return Object.freeze(named)
}

function refuseNumberTwins(fields: readonly NamedField[], where: string): void {
  const taken = new Map<number, string>()
  for (const { name, node } of fields) {
    if (node.number === undefined) continue
    const other = taken.get(node.number)
    if (other !== undefined) {
      throw failure('EW_DESIGN', `Fields ${other} and ${name} of ${where} have the same number ${node.number}.`)
    }
    taken.set(node.number, name)
  }
}

function refuseUnknownSubjects(fields: readonly NamedField[], where: string): void {
  for (const { name, node } of fields) {
    const subject = node.pii?.subject
    if (subject === undefined || fields.some((field) => field.name === subject)) continue
    throw failure('EW_DESIGN', `Field ${name} of ${where} is personal data of ${quoted(subject)}, which is no field.`)
  }
}

/** Formats that name their records can hold only one of each name. */
function refuseTwins(node: ShapeNode, records: Map<string, string>): void {
  if (node.kind === 'record') {
    const text = JSON.stringify(node.fields)
    const other = records.get(node.name)
    if (other !== undefined && other !== text) {
      throw failure('EW_DESIGN', `Two different records have the name ${node.name}; give one of them another name.`)
    }
    records.set(node.name, text)
  }
  for (const child of childrenOf(node)) refuseTwins(child, records)
}

/** The nodes directly inside a node. */
export function childrenOf(node: ShapeNode): readonly FieldNode[] {
  switch (node.kind) {
    case 'array':
    case 'map':
      return [node.of]
    case 'record':
    case 'fields':
      return node.fields.map((field) => field.node)
    case 'union':
      return node.variants.map((variant): RecordNode => variant.record)
    default:
      return []
  }
}
