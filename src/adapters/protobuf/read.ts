import type { Reader } from 'protobufjs'
import { setOwn } from '../../schema/own-member.ts'
import { findType } from '../../schema/protobuf/find.ts'
import type { ProtobufEnum, ProtobufField, ProtobufMessage, ProtobufValue } from '../../schema/protobuf/model.ts'
import type { ParsedMessage, ParsedProto } from '../../schema/protobuf/parse.ts'
import { readInt } from './long.ts'
import { inside, skip, unreadable, wrongWireType, type Get } from './read-part.ts'
import { readScalar, readText, zeroOf } from './read-scalar.ts'
import { readTimestamp } from './read-timestamp.ts'
import { tagOf, wireTypeOf } from './wire-type.ts'

/** The schema of whoever wrote the bytes, where it is known: what it does not declare was never written. */
export interface WriterSchema {
  readonly file: ParsedProto
  /** The message, the last one, in those around it. */
  readonly path: readonly ParsedMessage[]
}

/** Reads the fields of a message up to the end of the reader as JSON. Errors: as `Get`. */
export function messageReader(message: ProtobufMessage, writer: WriterSchema | undefined): Get {
  return new Compiler().message(message, writer)
}

/** What takes a part of a field from the bytes; `before` is what came of it until now. */
type Take = (reader: Reader, before: unknown) => unknown

interface Slot {
  readonly name: string
  /** By the tag that it follows. */
  readonly takes: readonly (readonly [tag: number, take: Take])[]
  /** What it means that nothing of it came. Error: EW_MESSAGE_UNREADABLE. */
  readonly absent: () => unknown
}

class Compiler {
  readonly #made = new Map<string, Get>()

  message(message: ProtobufMessage, writer: WriterSchema | undefined): Get {
    const key = `${message.scope} ${writer?.path.map(({ name }) => name).join('.') ?? ''}`
    const earlier = this.#made.get(key)
    if (earlier !== undefined) return earlier
    const made = this.#compiled(message, writer)
    this.#made.set(key, made)
    return made
  }

  #compiled(message: ProtobufMessage, writer: WriterSchema | undefined): Get {
    const written = writer === undefined ? undefined : new Set(writer.path.at(-1)!.fields.map(({ number }) => number))
    const slots = message.fields.map((field) => this.#slot(message, field, writer, written))
    const isUnion = message.form === 'union'
    const read = fieldsReader(message, slots, isUnion)
    if (isUnion) return unionReader(message, slots, read)
    if (message.form === 'wrapper') {
      return (reader) => {
        const [value] = read(reader)
        return value === undefined ? slots[0]!.absent() : value
      }
    }
    return (reader) => {
      const values = read(reader)
      const result: Record<string, unknown> = {}
      for (let index = 0; index < slots.length; index++) {
        const { name, absent } = slots[index]!
        const value = values[index] === undefined ? absent() : values[index]
        if (value !== undefined) result[name] = value
      }
      return result
    }
  }

  #slot(
    message: ProtobufMessage,
    field: ProtobufField,
    writer: WriterSchema | undefined,
    written: ReadonlySet<number> | undefined,
  ): Slot {
    const where = `${message.scope}.${field.name}`
    const { absent: whenAbsent, repetition, value } = field
    // As in Avro: a value that is not known here becomes the default, where there is one.
    const get =
      value.kind === 'enum' && whenAbsent === 'default' && repetition === 'one'
        ? enumReader(value.type, undefined)
        : this.#value(value, where, innerWriter(writer, field.number))
    const absent = absence(field, where, written !== undefined && !written.has(field.number))
    return { name: field.name, absent, takes: takesOf(field, get, where, message.form === 'union') }
  }

  #value(value: ProtobufValue, where: string, writer: WriterSchema | undefined): Get {
    switch (value.kind) {
      case 'scalar':
        return readScalar(value.node, where)
      case 'json':
        return readScalar({ kind: 'json' }, where)
      case 'timestamp':
        return (reader) => inside(reader, (inner) => readTimestamp(inner, where))
      case 'enum':
        return enumReader(value.type, where)
      case 'message': {
        const get = this.message(value.type, writer)
        return (reader) => inside(reader, get)
      }
    }
  }
}

/** The slots of a message by place; `alone` when the last field that comes takes the place of all others. */
function fieldsReader(
  { scope, fields }: ProtobufMessage,
  slots: readonly Slot[],
  alone: boolean,
): (reader: Reader) => readonly unknown[] {
  const byTag = new Map<number, { readonly index: number; readonly take: Take }>()
  for (const [index, { takes }] of slots.entries()) for (const [tag, take] of takes) byTag.set(tag, { index, take })
  const numbers = new Map(fields.map(({ number, name }) => [number, name]))
  return (reader) => {
    const values: unknown[] = new Array(slots.length).fill(undefined)
    while (reader.pos < reader.len) {
      const tag = reader.tag()
      const slot = byTag.get(tag)
      if (slot === undefined) {
        const name = numbers.get(tag >>> 3)
        if (name !== undefined) throw wrongWireType(`${scope}.${name}`, tag)
        skip(reader, tag)
        continue
      }
      const { index, take } = slot
      const value = take(reader, values[index])
      if (alone) values.fill(undefined)
      values[index] = value
    }
    return values
  }
}

function unionReader(
  message: ProtobufMessage,
  slots: readonly Slot[],
  read: (reader: Reader) => readonly unknown[],
): Get {
  const { scope, tag = '' } = message
  return (reader) => {
    const values = read(reader)
    const index = values.findIndex((value) => value !== undefined)
    if (index < 0) throw unreadable(scope, `holds no variant that its ${tag} knows`)
    const value = values[index] as Record<string, unknown>
    value[tag] = slots[index]!.name
    return value
  }
}

function takesOf(field: ProtobufField, get: Get, where: string, isVariant: boolean): Slot['takes'] {
  const { number, value, node, repetition } = field
  const wireType = wireTypeOf(value)
  if (repetition === 'map') return [[tagOf(number, 2), bounded(mapTake(value, get, where), node, where)]]
  if (repetition === 'one') {
    const isMessage = value.kind === 'message' || value.kind === 'timestamp'
    return [[tagOf(number, wireType), isMessage && !isVariant ? once(get, where) : get]]
  }
  const present: Get = (reader) => {
    const item = get(reader)
    if (item === undefined) throw unreadable(where, 'has an item with the number 0, which stands for no value')
    return item
  }
  const one = bounded(
    (reader, before = []) => {
      const list = before as unknown[]
      list.push(present(reader))
      return list
    },
    node,
    where,
  )
  if (wireType === 2) return [[tagOf(number, 2), one]]
  const packed: Take = (reader, before = []) => {
    inside(reader, (inner) => {
      while (inner.pos < inner.len) one(inner, before)
    })
    return before
  }
  // Readers must take both forms whatever the schema says.
  return [
    [tagOf(number, 2), packed],
    [tagOf(number, wireType), one],
  ]
}

function mapTake(value: ProtobufValue, get: Get, where: string): Take {
  const keyTag = tagOf(1, 2)
  const valueTag = tagOf(2, wireTypeOf(value))
  const zero = value.kind === 'scalar' ? zeroOf(value.node) : undefined
  return (reader, before = {}) => {
    let key = ''
    let item: unknown
    inside(reader, (inner) => {
      while (inner.pos < inner.len) {
        const tag = inner.tag()
        if (tag === keyTag) key = readText(inner, where)
        else if (tag === valueTag) item = get(inner)
        else if (tag >>> 3 === 1 || tag >>> 3 === 2) throw wrongWireType(where, tag)
        else skip(inner, tag)
      }
    })
    if (item === undefined) item = zero
    if (item === undefined) throw unreadable(where, 'has an entry without a value')
    setOwn(before as Record<string, unknown>, key, item)
    return before
  }
}

/** Refuses more than the declaration allows as soon as it is so. */
function bounded(take: Take, node: ProtobufField['node'], where: string): Take {
  if ((node.kind !== 'array' && node.kind !== 'map') || node.max === undefined) return take
  const { kind, max } = node
  return (reader, before) => {
    const value = take(reader, before)
    const size = kind === 'array' ? (value as unknown[]).length : Object.keys(value as object).length
    if (size > max) throw unreadable(where, `has more than ${max} ${kind === 'array' ? 'items' : 'entries'}`)
    return value
  }
}

/** Protobuf would merge two messages in one place, which no writer of a whole message makes. */
function once(get: Get, where: string): Take {
  return (reader, before) => {
    if (before !== undefined) throw unreadable(where, 'comes twice')
    return get(reader)
  }
}

/** Undefined for 0, which stands for no value, and for every unknown number where there is no place to name. */
function enumReader(type: ProtobufEnum, where: string | undefined): Get {
  const texts = new Map(type.values.map(({ number, value }) => [number, value]))
  return (reader) => {
    const number = readInt(reader)
    if (number === 0) return undefined
    const text = number === undefined ? undefined : texts.get(number)
    if (text !== undefined || where === undefined) return text
    throw unreadable(where, `has the number ${number ?? 'of more than 32 bits'}, which is none of its values here`)
  }
}

function absence(field: ProtobufField, where: string, unknownToWriter: boolean): () => unknown {
  const { node, repetition, value } = field
  const missing = (): never => {
    throw unreadable(where, unknownToWriter ? 'is not in the schema of whoever wrote it' : 'is absent')
  }
  switch (field.absent) {
    case 'absent':
      return () => undefined
    case 'null':
      return () => null
    case 'default':
      return () => node.default
    case 'missing':
      return missing
    case 'zero': {
      if (unknownToWriter) return missing
      if (repetition !== 'one') return () => (repetition === 'many' ? [] : {})
      const zero = value.kind === 'scalar' ? zeroOf(value.node) : undefined
      return zero === undefined ? missing : () => zero
    }
  }
}

function innerWriter(writer: WriterSchema | undefined, number: number): WriterSchema | undefined {
  const field = writer?.path.at(-1)!.fields.find((each) => each.number === number)
  const found = writer === undefined || field === undefined ? undefined : findType(writer.file, writer.path, field.type)
  return writer !== undefined && found?.kind === 'message' ? { file: writer.file, path: found.path } : undefined
}
