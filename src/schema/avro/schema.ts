import { failure } from '../../base/errors.ts'
import { avroDefault } from './default-of.ts'
import { avroName } from './model.ts'
import { avroText, type AvroJson } from './text.ts'
import type { FieldNode, NamedField, RecordNode, ShapeNode, UnionNode } from '../node.ts'

/** What a message or a record is in Avro: the text that a registry gets, and the declaration that it was made of. */
export interface AvroSchema {
  /** With the namespace. */
  readonly fullName: string
  /** The schema as canonical JSON: equal declarations have equal texts. */
  readonly text: string
  readonly node: ShapeNode
  /** Whether the value stands in the one field `value` of the record, because it is not a record itself. */
  readonly wrapped: boolean
}

/**
 * The Avro schema of a message of that name. Every kind of field has a form that its JSON can be had back from:
 * docs/schemas.md has the table. Error: EW_SCHEMA_FORM, naming the field, where there is none: schemas of other
 * libraries, a value that may be absent as well as null, two choices or two types that Avro would call the same.
 */
export function avroSchema(
  message: string,
  node: ShapeNode,
  options: { readonly namespace?: string } = {},
): AvroSchema {
  const space = namespaceOf(options.namespace)
  const name = avroName(message)
  const run: Run = { message, space, defined: new Map() }
  const top = node.kind === 'fields' || node.kind === 'record'
  const fields = top ? node.fields : [{ name: wrappedField, node }]
  const json = recordJson(run, name, fields, '', node.kind === 'record' ? node.doc : undefined)
  const full = space === undefined ? name : `${space}.${name}`
  return Object.freeze({ fullName: full, text: avroText(json), node, wrapped: !top })
}

/** The field of a message whose data is no record. */
export const wrappedField = 'value'

/** What a field of a message cannot be in a format of the wire. */
export function formless(message: string, at: string, format: string, problem: string): Error {
  const where = at === '' ? message : `${at} of ${message}`
  return failure('EW_SCHEMA_FORM', `${where} has no form in ${format}: ${problem}.`, { details: { message, path: at } })
}

interface Run {
  readonly message: string
  readonly space: string | undefined
  /** Where each name stands for the first time. */
  readonly defined: Map<string, string>
}

/** Where a node stands: its path, and how a type without a name of its own is called there. */
interface Place {
  readonly at: string
  readonly hint: string
  readonly formerHints: readonly string[]
}

const namespacePattern = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/

function namespaceOf(namespace: string | undefined): string | undefined {
  if (namespace === undefined || namespace === '') return undefined
  const name = namespace.split('.').map(avroName).join('.')
  if (namespacePattern.test(name)) return name
  throw failure('EW_DESIGN', `${JSON.stringify(namespace)} is no namespace of Avro names.`)
}

function recordJson(
  run: Run,
  name: string,
  fields: readonly NamedField[],
  at: string,
  doc: string | undefined,
): AvroJson {
  define(run, name, at)
  return {
    type: 'record',
    name,
    ...(at === '' && run.space !== undefined && { namespace: run.space }),
    ...(doc !== undefined && { doc }),
    fields: fields.map((field) => fieldJson(run, name, field, at)),
  }
}

function fieldJson(run: Run, record: string, { name, node }: NamedField, above: string): AvroJson {
  const at = above === '' ? name : `${above}.${name}`
  const aliases = node.aliases ?? []
  const place = { at, hint: `${record}_${name}`, formerHints: aliases.map((alias) => `${record}_${alias}`) }
  return {
    name,
    type: presentOrNot(run, node, place),
    ...defaultJson(run, node, at),
    ...(aliases.length > 0 && { aliases }),
    ...traitsJson(node),
  }
}

function defaultJson(run: Run, node: FieldNode, at: string): { readonly default?: AvroJson } {
  if (node.optional === true) return { default: null }
  if (node.default === undefined) return {}
  return { default: avroDefault(node, node.default, (problem) => formless(run.message, at, 'Avro', problem)) }
}

/** What is said about a value that its type cannot say, because a type may be used in several places. */
function traitsJson(node: FieldNode): { readonly [key: string]: AvroJson } {
  return {
    ...(node.doc !== undefined && { doc: node.doc }),
    ...(node.pii !== undefined && { pii: node.pii.subject ?? true }),
    ...(node.kind === 'union' && {
      'eventwright.tag': node.tag,
      'eventwright.variants': Object.fromEntries(node.variants.map(({ value, record }) => [value, record.name])),
    }),
  }
}

/** The type with null where the value may be absent or null: first, unless the default is a value. */
function presentOrNot(run: Run, node: FieldNode, place: Place): AvroJson {
  const isNull = node.kind === 'literal' && node.value === null
  if (node.optional === true && (node.nullable === true || isNull)) {
    throw formless(run.message, place.at, 'Avro', 'it may be absent and may be null, which Avro cannot tell apart')
  }
  const type = typeJson(run, node, place)
  if (isNull || (node.optional !== true && node.nullable !== true)) return type
  const types = Array.isArray(type) ? (type as readonly AvroJson[]) : [type]
  return node.default === undefined || node.default === null ? ['null', ...types] : [...types, 'null']
}

function typeJson(run: Run, node: FieldNode, place: Place): AvroJson {
  switch (node.kind) {
    case 'string':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'boolean':
    case 'bytes':
      return node.kind
    case 'uuid':
      return { type: 'string', logicalType: 'uuid' }
    case 'decimal':
      return { type: 'bytes', logicalType: 'decimal', precision: node.precision, scale: node.scale }
    case 'timestamp':
      return { type: 'long', logicalType: 'timestamp-millis' }
    case 'date':
      return { type: 'int', logicalType: 'date' }
    case 'duration':
      return { type: 'long', 'eventwright.kind': 'duration-millis' }
    case 'json':
      return { type: 'string', 'eventwright.kind': 'json' }
    case 'enum':
      return enumJson(run, node.values, node.default, place)
    case 'literal':
      return literalJson(run, node.value, place)
    case 'array':
      return { type: 'array', items: itemJson(run, node.of, { ...place, at: `${place.at}[]` }), ...traitsJson(node.of) }
    case 'map':
      return { type: 'map', values: itemJson(run, node.of, { ...place, at: `${place.at}.*` }), ...traitsJson(node.of) }
    case 'record':
      return namedRecord(run, node, place.at)
    case 'union':
      return unionJson(run, node, place)
    case 'foreign':
      throw formless(
        run.message,
        place.at,
        'Avro',
        `a ${node.vendor} schema does not say what it is; declare it with t`,
      )
  }
}

function itemJson(run: Run, node: FieldNode, place: Place): AvroJson {
  return presentOrNot(run, node, place)
}

/** The default stands for what a reader does not know, too: Avro calls that the default of the enum. */
function enumJson(run: Run, values: readonly string[], preset: unknown, place: Place): AvroJson {
  const symbols = values.map(avroName)
  const twice = symbols.findIndex((symbol, index) => symbols.indexOf(symbol) !== index)
  if (twice >= 0) {
    const other = values[symbols.indexOf(symbols[twice]!)]
    const problem = `Avro would call the values ${JSON.stringify(other)} and ${JSON.stringify(values[twice])} the same`
    throw formless(run.message, place.at, 'Avro', problem)
  }
  define(run, place.hint, place.at)
  return {
    type: 'enum',
    name: place.hint,
    ...(place.formerHints.length > 0 && { aliases: place.formerHints }),
    symbols,
    ...(typeof preset === 'string' && { default: avroName(preset) }),
    ...(symbols.some((symbol, index) => symbol !== values[index]) && { 'eventwright.values': values }),
  }
}

function literalJson(run: Run, value: unknown, place: Place): AvroJson {
  if (value === null) return 'null'
  if (typeof value === 'string') return enumJson(run, [value], undefined, place)
  const type = typeof value === 'boolean' ? 'boolean' : isInt(value) ? 'int' : 'double'
  return { type, 'eventwright.const': value as AvroJson }
}

/** Whether a literal is written as an int. */
export function isInt(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value
}

/** In full where it stands first, by its name after that. */
function namedRecord(run: Run, node: RecordNode, at: string): AvroJson {
  if (run.defined.get(node.name) === recordMark) return node.name
  const json = recordJson(run, node.name, node.fields, at, undefined)
  run.defined.set(node.name, recordMark)
  return json
}

const recordMark = 'a record'

/** The variant of a default comes first, where Avro looks for it. */
function unionJson(run: Run, node: UnionNode, place: Place): AvroJson {
  const names = node.variants.map(({ record }) => record.name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    const problem = `two variants are the record ${twice}, which Avro cannot tell apart; give one a record of its own`
    throw formless(run.message, place.at, 'Avro', problem)
  }
  return variantsInOrder(node).map(({ record }) => namedRecord(run, record, place.at))
}

/** The variants as they are written: that of the default first. */
export function variantsInOrder(node: UnionNode): UnionNode['variants'] {
  const first = (node.default as { readonly [key: string]: unknown } | null | undefined)?.[node.tag]
  return [...node.variants].sort((a, b) => Number(b.value === first) - Number(a.value === first))
}

function define(run: Run, name: string, at: string): void {
  const other = run.defined.get(name)
  if (other === undefined) run.defined.set(name, at === '' ? 'the message' : at)
  else throw formless(run.message, at, 'Avro', `its type would be called ${name}, as ${other} is`)
}
