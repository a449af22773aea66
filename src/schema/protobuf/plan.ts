import { failure } from '../../base/errors.ts'
import type { FieldNode, NamedField, RecordNode, ShapeNode, UnionNode } from '../node.ts'
import { withoutAbsence } from '../node-traits.ts'
import { freeName, identifierOf, notTypeNames, protoFieldName, protoJsonName, typeName } from './names.ts'
import type { NumberOf } from './member.ts'
import {
  protobufTypeOf,
  type ProtobufEnum,
  type ProtobufEnumValue,
  type ProtobufField,
  type ProtobufMessage,
  type ProtobufScalar,
  type ProtobufValue,
} from './model.ts'

/**
 * The message of a shape. `numberOf` gives every field and every value of an enum its number. Error: EW_SCHEMA_FORM for
 * names that are one name in Protobuf.
 */
export function protobufPlan(name: string, node: ShapeNode, numberOf: NumberOf): ProtobufMessage {
  return new Planner(name, node, numberOf).root(node)
}

interface Place {
  readonly scope: string
  readonly taken: Set<string>
  readonly messages: ProtobufMessage[]
  readonly enums: ProtobufEnum[]
}

class Planner {
  readonly #name: string
  readonly #numberOf: NumberOf
  readonly #records = new Map<string, string>()
  readonly #planned = new Map<string, ProtobufMessage>()
  readonly #top: Place
  /** What every place may refer to, and may therefore not use for another type. */
  readonly #known: Set<string>

  constructor(name: string, node: ShapeNode, numberOf: NumberOf) {
    this.#name = name
    this.#numberOf = numberOf
    this.#top = { scope: name, taken: new Set([name]), messages: [], enums: [] }
    const records = new Set<string>()
    collectRecords(node, records)
    // The message of the file itself is a record that no other one refers to.
    if (node.kind === 'record') records.delete(node.name)
    for (const record of records) {
      const clashes = record === name || notTypeNames.has(record)
      const free = clashes ? freeName(`${typeName(record)}Record`, (other) => records.has(other)) : record
      this.#records.set(record, free)
      this.#top.taken.add(free)
    }
    this.#known = new Set(this.#top.taken)
  }

  root(node: ShapeNode): ProtobufMessage {
    const place = this.#top
    const doc = node.kind === 'fields' || node.doc === undefined ? {} : { doc: node.doc }
    if (node.kind === 'fields') return this.#message(place, this.#name, this.#fields(node.fields, place), doc)
    const present = node.optional !== true && node.nullable !== true && node.default === undefined
    if (present && node.kind === 'record') {
      return this.#message(place, this.#name, this.#fields(node.fields, place), doc)
    }
    if (present && node.kind === 'union') return this.#union(place, this.#name, node, doc)
    const field = this.#field({ name: 'value', node: withoutTraits(node) }, place)
    return { ...this.#message(place, this.#name, [field], doc), form: 'wrapper' }
  }

  #message(
    place: Place,
    name: string,
    fields: readonly ProtobufField[],
    more: { readonly doc?: string } = {},
  ): ProtobufMessage {
    const { scope, messages, enums } = place
    return { name, scope, form: 'record', ...more, fields: fields.toSorted(byNumber), messages, enums }
  }

  #fields(fields: readonly NamedField[], place: Place): readonly ProtobufField[] {
    const protoNames = new Map<string, string>()
    for (const { name } of fields) {
      const protoName = protoFieldName(name)
      // Protobuf's own compiler refuses two fields whose names differ in nothing but `_` and the case after it.
      const key = protoJsonName(protoName)
      const other = protoNames.get(key)
      if (other !== undefined) {
        throw failure(
          'EW_SCHEMA_FORM',
          `Fields ${other} and ${name} of ${place.scope} are one name in Protobuf; give one of them another name.`,
        )
      }
      protoNames.set(key, name)
      place.taken.add(protoName)
    }
    return fields.map((field) => this.#field(field, place))
  }

  #field({ name, node }: NamedField, place: Place): ProtobufField {
    const { optional, nullable, default: fallback, doc } = node
    const inner = withoutAbsence(node)
    const both = nullable === true && (optional === true || fallback !== undefined)
    const one = optional === true || nullable === true || fallback !== undefined
    const listed = inner.kind === 'array' || inner.kind === 'map'
    const wrapped = both || (one && listed)
    const repetition = wrapped || !listed ? 'one' : inner.kind === 'array' ? 'many' : 'map'
    const value = both
      ? this.#wrapper(typeName(name), 'OrNull', nullableOf(inner), place)
      : wrapped
        ? this.#wrapper(typeName(name), inner.kind === 'map' ? 'Map' : 'List', inner, place)
        : listed
          ? this.#item(typeName(name), inner.of, place)
          : this.#value(typeName(name), inner, place)
    const absent =
      fallback !== undefined
        ? 'default'
        : optional === true
          ? 'absent'
          : nullable === true
            ? 'null'
            : repetition !== 'one' || value.kind === 'scalar'
              ? 'zero'
              : 'missing'
    const isExplicit = absent !== 'zero' && absent !== 'missing'
    if (repetition === 'map') this.#takeEntryName(name, place)
    return {
      name,
      protoName: protoFieldName(name),
      number: this.#number(place, name, node, typed(repetition, value)),
      ...(doc === undefined ? {} : { doc }),
      repetition,
      explicit: isExplicit && repetition === 'one' && value.kind !== 'message' && value.kind !== 'timestamp',
      absent,
      value,
      node,
    }
  }

  /** Protobuf declares a message of this name for the entries of a map. */
  #takeEntryName(name: string, place: Place): void {
    const entry = `${typeName(protoFieldName(name))}Entry`
    if (place.taken.has(entry)) {
      throw failure(
        'EW_SCHEMA_FORM',
        `The map ${name} of ${place.scope} needs the name ${entry}, which a type has there.`,
      )
    }
    place.taken.add(entry)
  }

  #number(place: Place, name: string, node: FieldNode, type: string): number {
    const { number: explicit, aliases = [] } = node
    return this.#numberOf(place.scope, { name, type, aliases, ...(explicit === undefined ? {} : { explicit }) })
  }

  /** What an array or a map holds, where Protobuf knows neither null nor a list in a list. */
  #item(hint: string, node: FieldNode, place: Place): ProtobufValue {
    if (node.nullable === true) return this.#wrapper(hint, 'OrNull', node, place)
    if (node.kind === 'array') return this.#wrapper(hint, 'List', node, place)
    if (node.kind === 'map') return this.#wrapper(hint, 'Map', node, place)
    return this.#value(hint, node, place)
  }

  #wrapper(hint: string, suffix: 'OrNull' | 'List' | 'Map', node: FieldNode, place: Place): ProtobufValue {
    const name = this.#free(`${hint}${suffix}`, place)
    const inside = this.#inside(name, place)
    const field = suffix === 'OrNull' ? 'value' : suffix === 'List' ? 'values' : 'entries'
    const fields = [this.#field({ name: field, node: withoutTraits(node) }, inside)]
    const message: ProtobufMessage = { ...this.#message(inside, name, fields), form: 'wrapper' }
    place.messages.push(message)
    return { kind: 'message', type: message }
  }

  #value(hint: string, node: FieldNode, place: Place): ProtobufValue {
    switch (node.kind) {
      case 'record':
        return { kind: 'message', type: this.#record(node) }
      case 'union': {
        const name = this.#free(hint, place)
        const message = this.#union(this.#inside(name, place), name, node, {})
        place.messages.push(message)
        return { kind: 'message', type: message }
      }
      case 'enum':
        return { kind: 'enum', type: this.#enum(this.#free(hint, place), node.values, place) }
      case 'timestamp':
        return { kind: 'timestamp' }
      case 'json':
      case 'foreign':
        return { kind: 'json' }
      case 'literal':
        return node.value === null ? { kind: 'json' } : scalar(literalTypes[typeof node.value as 'string'], node)
      case 'array':
      case 'map':
        return this.#item(hint, node, place)
      default:
        return scalar(scalarTypes[node.kind], node)
    }
  }

  #record(node: RecordNode): ProtobufMessage {
    const name = this.#records.get(node.name)!
    const earlier = this.#planned.get(name)
    if (earlier !== undefined) return earlier
    const place = this.#inside(name, this.#top)
    const message = this.#message(place, name, this.#fields(node.fields, place))
    this.#planned.set(name, message)
    this.#top.messages.push(message)
    return message
  }

  #union(place: Place, name: string, node: UnionNode, more: { readonly doc?: string }): ProtobufMessage {
    const protoNames = new Set([identifierOf(node.tag, 'kind')])
    const fields = node.variants.map(({ value, record }): ProtobufField => {
      const type = { kind: 'message', type: this.#record(record) } as const
      const protoName = freeName(identifierOf(value, 'variant'), (other) => protoNames.has(other))
      protoNames.add(protoName)
      const number = this.#number(place, value, record, type.type.name)
      const doc = record.doc === undefined ? {} : { doc: record.doc }
      const rest = { repetition: 'one', explicit: false, absent: 'absent', value: type, node: record } as const
      return { name: value, protoName, number, ...doc, ...rest }
    })
    return { ...this.#message(place, name, fields, more), form: 'union', tag: node.tag }
  }

  #enum(name: string, values: readonly string[], place: Place): ProtobufEnum {
    // Apart from that of a message which takes the name later.
    const scope = `${place.scope}.enum ${name}`
    const prefix = identifierOf(name, 'enum').toUpperCase()
    const inside = new Set(['UNSPECIFIED'])
    place.taken.add(`${prefix}_UNSPECIFIED`)
    const planned = values.map((value): ProtobufEnumValue => {
      const word = identifierOf(value, 'value').toUpperCase()
      // Protobuf's compiler compares the values of an enum without their prefix, case and `_`.
      const taken = (other: string): boolean =>
        inside.has(other.replaceAll('_', '')) || place.taken.has(`${prefix}_${other}`)
      const free = freeName(word, taken)
      inside.add(free.replaceAll('_', ''))
      place.taken.add(`${prefix}_${free}`)
      const number = this.#numberOf(scope, { name: value, type: '', aliases: [] })
      return { value, protoName: `${prefix}_${free}`, number }
    })
    const made: ProtobufEnum = { name, scope, values: planned.toSorted(byNumber) }
    place.enums.push(made)
    return made
  }

  /** A name that means the same type wherever it is used inside of the message of the file. */
  #free(hint: string, place: Place): string {
    const name = freeName(hint, (other) => place.taken.has(other) || this.#known.has(other))
    place.taken.add(name)
    return name
  }

  #inside(name: string, outer: Place): Place {
    return { scope: `${outer.scope}.${name}`, taken: new Set([name]), messages: [], enums: [] }
  }
}

function typed(repetition: ProtobufField['repetition'], value: ProtobufValue): string {
  // A message may take the name that an enum had, and is another form on the wire.
  const type = value.kind === 'enum' ? `enum ${value.type.name}` : protobufTypeOf(value)
  return repetition === 'many' ? `repeated ${type}` : repetition === 'map' ? `map<string, ${type}>` : type
}

const scalarTypes = {
  string: 'string',
  uuid: 'string',
  int: 'int32',
  long: 'int64',
  float: 'float',
  double: 'double',
  boolean: 'bool',
  bytes: 'bytes',
  decimal: 'string',
  date: 'string',
  duration: 'string',
} as const
const literalTypes = { string: 'string', number: 'double', boolean: 'bool' } as const

function scalar(type: ProtobufScalar, node: FieldNode): ProtobufValue {
  return { kind: 'scalar', type, node }
}

/** The field in a wrapper has the documentation and the number of the field outside, not once more. */
function withoutTraits(node: FieldNode): FieldNode {
  const { doc: _doc, number: _number, aliases: _aliases, pii: _pii, ...rest } = node
  return rest as FieldNode
}

function nullableOf(node: FieldNode): FieldNode {
  return { ...node, nullable: true }
}

function collectRecords(node: ShapeNode, records: Set<string>): void {
  if (node.kind === 'record') records.add(node.name)
  if (node.kind === 'record' || node.kind === 'fields')
    for (const field of node.fields) collectRecords(field.node, records)
  if (node.kind === 'union') for (const { record } of node.variants) collectRecords(record, records)
  if (node.kind === 'array' || node.kind === 'map') collectRecords(node.of, records)
}

function byNumber(a: { readonly number: number }, b: { readonly number: number }): number {
  return a.number - b.number
}
