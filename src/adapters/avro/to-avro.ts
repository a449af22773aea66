import { isPlainObject } from '../../base/json.ts'
import { wrappedField, type AvroSchema } from '../../schema/avro/schema.ts'
import { unqualified, type AvroRecord, type AvroType, type AvroUnion } from '../../schema/avro/model.ts'
import type { FieldNode, NamedField, UnionNode } from '../../schema/node.ts'
import { getOwn } from '../../schema/own-member.ts'
import { checked, isText, unwritable, writeScalar, type Write, type Writing } from './to-avro-scalar.ts'
import type { WireType } from './wire-type.ts'

/**
 * From the JSON of a declared message to the value that its `WireType` writes. Fields that are absent get their
 * defaults. Error: EW_MESSAGE_UNWRITABLE for JSON that the declaration does not have: another kind of value, a field
 * that is missing, and one that is not declared, which would be lost without a word.
 */
export function toAvro(schema: AvroSchema, type: AvroType, wire: WireType): (json: unknown) => unknown {
  const { node, fullName } = schema
  const run: Run = { message: fullName, wire }
  const record = type as AvroRecord
  if (schema.wrapped) {
    const write = writeOf(run, node as FieldNode, record.fields[0]!.type, wrappedField)
    return (json) => ({ f0: write(json) })
  }
  return writeFields(run, (node as { readonly fields: readonly NamedField[] }).fields, record, '', undefined)
}

interface Run extends Writing {
  readonly wire: WireType
}

function writeOf(run: Run, node: FieldNode, type: AvroType, at: string): Write {
  const present = type.kind === 'union' ? writeBranch(run, node, type, at) : writeKind(run, node, type, at)
  const preset = node.default
  if (preset === undefined && node.optional !== true && node.nullable !== true) return present
  return (json) => {
    const value = json === undefined ? preset : json
    if (value === null && node.nullable === true) return null
    if (value === undefined && node.optional === true) return null
    return present(value)
  }
}

function writeBranch(run: Run, node: FieldNode, type: AvroUnion, at: string): Write {
  if (node.kind === 'union') return writeVariant(run, node, type, at)
  const branch = type.branches.find(({ kind }) => kind !== 'null')!
  const key = run.wire.branchKey(branch)
  const write = writeKind(run, node, branch, at)
  return (json) => ({ [key]: write(json) })
}

function writeVariant(run: Run, node: UnionNode, type: AvroUnion, at: string): Write {
  const variants = new Map<unknown, Write>()
  for (const { value, record } of node.variants) {
    const branch = type.branches.find((each) => each.kind === 'record' && unqualified(each.name) === record.name)
    const key = run.wire.branchKey(branch!)
    const write = writeFields(run, record.fields, branch as AvroRecord, at, node.tag)
    variants.set(value, (json) => ({ [key]: write(json) }))
  }
  return (json) => {
    const tag = isPlainObject(json) ? getOwn(json, node.tag) : undefined
    const write = variants.get(tag)
    if (write !== undefined) return write(json)
    throw unwritable(run, at, `a variant by ${node.tag}`, json)
  }
}

function writeKind(run: Run, node: FieldNode, type: AvroType, at: string): Write {
  switch (node.kind) {
    case 'array': {
      const item = writeOf(run, node.of, (type as AvroType & { kind: 'array' }).items, `${at}[]`)
      return checked(run, at, 'a list', Array.isArray, (json) => (json as unknown[]).map((each) => item(each)))
    }
    case 'map': {
      const value = writeOf(run, node.of, (type as AvroType & { kind: 'map' }).values, `${at}.*`)
      const key = checked(run, at, 'keys without U+0000 and lone surrogates', isText, (json) => json)
      return checked(run, at, 'an object', isPlainObject, (json) => ({
        f0: Object.entries(json as object).map(([name, each]) => ({ f0: key(name), f1: value(each) })),
      }))
    }
    case 'record':
      return writeFields(run, node.fields, type as AvroRecord, at, undefined)
    default:
      return writeScalar(run, node, at)
  }
}

function writeFields(
  run: Run,
  fields: readonly NamedField[],
  record: AvroRecord,
  at: string,
  tag: string | undefined,
): Write {
  const steps = fields.map(({ name, node }, index) => {
    const inner = at === '' ? name : `${at}.${name}`
    return { name, member: `f${index}`, write: writeOf(run, node, record.fields[index]!.type, inner) }
  })
  const expected = `a record ${unqualified(record.name)}`
  return (json) => {
    if (!isPlainObject(json)) throw unwritable(run, at, expected, json)
    const value: Record<string, unknown> = {}
    let known = tag === undefined ? 0 : 1
    for (let index = 0; index < steps.length; index++) {
      const { name, member, write } = steps[index]!
      const present = Object.hasOwn(json, name)
      if (present) known++
      value[member] = write(present ? json[name] : undefined)
    }
    for (const _ in json) known--
    if (known === 0) return value
    const strange = Object.keys(json).find((name) => name !== tag && !fields.some((field) => field.name === name))
    throw unwritable(run, at, `no field ${strange}, which its declaration does not have`, json)
  }
}
