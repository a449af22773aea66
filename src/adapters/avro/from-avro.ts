import type { Json } from '../../base/json.ts'
import { wrappedField, type AvroSchema } from '../../schema/avro/schema.ts'
import { avroTypeName, unqualified, type AvroRecord, type AvroType, type AvroUnion } from '../../schema/avro/model.ts'
import { writtenFields } from '../../schema/compatibility/avro.ts'
import type { FieldNode, NamedField, UnionNode } from '../../schema/node.ts'
import { setOwn } from '../../schema/own-member.ts'
import { enumRead, refuse, scalarRead, textRead, type Read } from './from-avro-scalar.ts'
import type { WireType } from './wire-type.ts'

/**
 * From a value that the `WireType` of a writer's schema has read to the JSON of the declared message, by the rules of
 * schema resolution: fields are found by name or former name, others of the writer are left out, absent ones get their
 * defaults, numbers are widened, unknown symbols become the default. Beyond those rules decimals change their scale
 * without loss, instants their unit, and enums are compared by their symbols alone.
 *
 * What the schemas do not allow shows at the value that needs it. Error: EW_MESSAGE_UNREADABLE with the field.
 */
export function fromAvro(schema: AvroSchema, writer: AvroType, wire: WireType): (value: unknown) => unknown {
  const { node, fullName, wrapped } = schema
  const fields = wrapped
    ? [{ name: wrappedField, node: node as FieldNode }]
    : (node as { readonly fields: readonly NamedField[] }).fields
  const read = recordRead(wire, unqualified(fullName), fields, writer, '')
  if (!wrapped) return read
  return (value) => (read(value) as { readonly [wrappedField]?: unknown })[wrappedField]
}

/** What the declared field makes of a value that was written as that type; undefined is absent. */
function readOf(wire: WireType, node: FieldNode, writer: AvroType, at: string): Read {
  if (writer.kind === 'union') return branchRead(wire, writer, (branch) => readOf(wire, node, branch, at), at)
  if (writer.kind === 'null') return nullRead(node, at)
  switch (node.kind) {
    case 'array':
      return arrayRead(wire, node.of, writer, at)
    case 'map':
      return mapRead(wire, node.of, writer, at)
    case 'record':
      return recordRead(wire, node.name, node.fields, writer, at)
    case 'union':
      return variantRead(wire, node, writer, at)
    case 'enum':
      return writer.kind === 'enum' ? enumRead(node.values, node.default, writer, at) : mismatch(writer, 'an enum', at)
    case 'literal':
      return literalRead(node.value, writer, at)
    default:
      return scalarRead(node, writer, at) ?? mismatch(writer, `a field ${node.kind}`, at)
  }
}

/** Values of unions come wrapped in an object with one member, null comes as it is. */
function branchRead(wire: WireType, union: AvroUnion, readBranch: (branch: AvroType) => Read, at: string): Read {
  const reads = new Map<string, Read>()
  let whenNull: Read = refuse(at, 'null was written')
  for (const branch of union.branches) {
    if (branch.kind === 'null') whenNull = readBranch(branch)
    else reads.set(wire.branchKey(branch), readBranch(branch))
  }
  return (value) => {
    if (value === null) return whenNull(value)
    for (const key in value as Record<string, unknown>) {
      return reads.get(key)!((value as Record<string, unknown>)[key])
    }
    return undefined
  }
}

function nullRead(node: FieldNode, at: string): Read {
  if (node.nullable === true || (node.kind === 'literal' && node.value === null)) return () => null
  return node.optional === true ? () => undefined : refuse(at, 'null was written, and it may not be null')
}

function arrayRead(wire: WireType, of: FieldNode, writer: AvroType, at: string): Read {
  if (writer.kind !== 'array') return mismatch(writer, 'a list', at)
  const item = readOf(wire, of, writer.items, `${at}[]`)
  return (value) => (value as readonly unknown[]).map((each) => item(each))
}

function mapRead(wire: WireType, of: FieldNode, writer: AvroType, at: string): Read {
  if (writer.kind !== 'map') return mismatch(writer, 'a map', at)
  const [key, item] = [textRead(at), readOf(wire, of, writer.values, `${at}.*`)]
  return (value) => {
    const result: Record<string, unknown> = {}
    const { f0: entries } = value as { readonly f0: readonly { readonly f0: string; readonly f1: unknown }[] }
    for (const { f0, f1 } of entries) setOwn(result, key(f0) as string, item(f1))
    return result
  }
}

function recordRead(wire: WireType, name: string, fields: readonly NamedField[], writer: AvroType, at: string): Read {
  if (writer.kind !== 'record') return mismatch(writer, `a record ${name}`, at)
  if (unqualified(writer.name) !== name) return mismatch(writer, `a record ${name}`, at)
  const reads = fields.map((field) => fieldRead(wire, field, writer, at))
  return (value) => {
    const result: Record<string, unknown> = {}
    for (let index = 0; index < reads.length; index++) {
      const member = reads[index]!(value)
      if (member !== undefined) result[fields[index]!.name] = member
    }
    return result
  }
}

function fieldRead(wire: WireType, { name, node }: NamedField, writer: AvroRecord, above: string): Read {
  const at = above === '' ? name : `${above}.${name}`
  const sources = writtenFields({ name, aliases: node.aliases ?? [] }, writer)
  if (sources.length > 1) return refuse(at, 'its names and aliases fit several written fields')
  const [source] = sources
  if (source === undefined) return absentRead(node, at)
  const member = `f${writer.fields.indexOf(source)}`
  const read = readOf(wire, node, source.type, at)
  return (value) => read((value as Record<string, unknown>)[member])
}

function absentRead(node: FieldNode, at: string): Read {
  const preset: Json | undefined = node.default
  if (preset !== undefined) return () => preset
  return node.optional === true ? () => undefined : refuse(at, 'it was not written, and it has no default')
}

/** The variant whose record has the name of the one that was written. */
function variantRead(wire: WireType, node: UnionNode, writer: AvroType, at: string): Read {
  const written = unqualified(avroTypeName(writer))
  const variant = node.variants.find(({ record }) => record.name === written)
  if (variant === undefined) return mismatch(writer, `a variant by ${node.tag}`, at)
  const read = recordRead(wire, variant.record.name, variant.record.fields, writer, at)
  return (value) => ({ ...(read(value) as object), [node.tag]: variant.value })
}

function literalRead(wanted: unknown, writer: AvroType, at: string): Read {
  if (typeof wanted === 'string' && writer.kind === 'enum') return enumRead([wanted], undefined, writer, at)
  const kinds = typeof wanted === 'boolean' ? ['boolean'] : typeof wanted === 'number' ? ['int', 'double'] : []
  if (!kinds.includes(writer.kind)) return mismatch(writer, `the constant ${String(wanted)}`, at)
  const other = refuse(at, `something else than the constant ${String(wanted)} was written`)
  return (value) => (value === wanted ? wanted : other(value))
}

function mismatch(writer: AvroType, expected: string, at: string): Read {
  const written = 'name' in writer ? `${writer.kind} ${writer.name}` : writer.kind
  return refuse(at, `${written} was written where ${expected} is declared`)
}
