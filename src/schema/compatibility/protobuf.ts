import type { Incompatibility } from './incompatibility.ts'
import { findType } from '../protobuf/find.ts'
import {
  parseProto,
  type ParsedEnum,
  type ParsedField,
  type ParsedMessage,
  type ParsedProto,
  type ParsedReserved,
} from '../protobuf/parse.ts'

/**
 * All reasons why a reader with the `.proto` text `reader` does not get what a writer with the text `writer` meant, and
 * what the newer of the two does that makes a later reuse of a number possible. Fields are compared by number, as bytes
 * are; a field that has another name is the same field. Error: EW_SCHEMA_TEXT.
 */
export function protobufIncompatibilities(
  reader: string,
  writer: string,
  newer: 'reader' | 'writer',
): readonly Incompatibility[] {
  return new Walk({ file: parseProto(reader), path: [] }, { file: parseProto(writer), path: [] }, newer).files()
}

/** A message, the last one of the path, in its file. */
interface Side {
  readonly file: ParsedProto
  readonly path: readonly ParsedMessage[]
}

class Walk {
  readonly #found: Incompatibility[] = []
  readonly #seen = new Set<string>()
  readonly #reader: Side
  readonly #writer: Side
  readonly #newer: 'reader' | 'writer'

  constructor(reader: Side, writer: Side, newer: 'reader' | 'writer') {
    this.#reader = reader
    this.#writer = writer
    this.#newer = newer
  }

  files(): readonly Incompatibility[] {
    const [reader, writer] = [this.#reader.file, this.#writer.file]
    if (reader.package !== writer.package) {
      this.#add('', 'package-changed', `the package is "${writer.package}" there and "${reader.package}" here`)
    }
    const [older, newer] = this.#newer === 'reader' ? [writer, reader] : [reader, writer]
    for (const message of older.messages) {
      const other = newer.messages.find(({ name }) => name === message.name)
      if (other === undefined) this.#add('', 'message-removed', `the message ${message.name} is gone`)
      else if (this.#newer === 'reader') this.#messages(this.#in('reader', [other]), this.#in('writer', [message]), '')
      else this.#messages(this.#in('reader', [message]), this.#in('writer', [other]), '')
    }
    return this.#found
  }

  #in(side: 'reader' | 'writer', path: readonly ParsedMessage[]): Side {
    return { file: (side === 'reader' ? this.#reader : this.#writer).file, path }
  }

  #messages(reader: Side, writer: Side, path: string): void {
    const [mine, theirs] = [reader.path.at(-1)!, writer.path.at(-1)!]
    // A message that several fields have is told of once, and one inside of itself does not end.
    const key = [reader, writer].map((side) => side.path.map(({ name }) => name).join('.')).join(' ')
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    for (const field of theirs.fields) {
      const own = mine.fields.find(({ number }) => number === field.number)
      if (own === undefined) this.#unknown(field, mine, inner(path, field))
      else this.#fields(reader, own, writer, field, inner(path, own))
    }
    if (this.#newer === 'reader') this.#newNumbers(mine, theirs, path)
  }

  /** A field of the writer that the reader does not have. */
  #unknown(field: ParsedField, reader: ParsedMessage, path: string): void {
    if (field.oneof !== undefined) {
      const what = `number ${field.number} of the oneof ${field.oneof} is unknown, so a reader finds none of its variants`
      this.#add(path, 'variant-unknown', what)
    }
    if (this.#newer !== 'reader') return
    if (!isReserved(reader, field.number)) {
      this.#add(path, 'number-not-reserved', `the field is gone and its number ${field.number} is not reserved`)
    }
    // A name that lives on with another number cannot be reserved.
    const { reservedNames, fields } = reader
    if (!reservedNames.includes(field.name) && !fields.some(({ name }) => name === field.name)) {
      this.#add(path, 'name-not-reserved', 'the field is gone and its name is not reserved')
    }
  }

  #newNumbers(reader: ParsedMessage, writer: ParsedMessage, path: string): void {
    for (const field of reader.fields) {
      const isNew = !writer.fields.some(({ number }) => number === field.number)
      if (isNew && isReserved(writer, field.number)) {
        this.#add(inner(path, field), 'number-reused', `its number ${field.number} was reserved`)
      }
      if (isNew && writer.reservedNames.includes(field.name)) {
        this.#add(inner(path, field), 'name-reused', `its name ${field.name} was reserved`)
      }
      if (isNew && field.required) this.#add(inner(path, field), 'required-added', 'older messages do not have it')
    }
    const withdrawn = writer.reservedNames.find((name) => {
      return !reader.reservedNames.includes(name) && !reader.fields.some((field) => field.name === name)
    })
    if (withdrawn !== undefined) this.#add(path, 'reserved-withdrawn', `the name ${withdrawn} is not reserved any more`)
    this.#withdrawn(reader, writer, path)
  }

  #withdrawn(reader: ParsedReserved, writer: ParsedReserved, path: string): void {
    for (const [first, last] of writer.reservedNumbers) {
      if (reader.reservedNumbers.some((range) => range[0] <= first && range[1] >= last)) continue
      const missing = firstFree(reader, first, last)
      if (missing !== undefined) this.#add(path, 'reserved-withdrawn', `number ${missing} is not reserved any more`)
    }
  }

  #fields(reader: Side, own: ParsedField, writer: Side, field: ParsedField, path: string): void {
    if (own.repetition !== field.repetition || own.keyType !== field.keyType) {
      return this.#add(path, 'type-changed', `it is ${typeWords(field)} there and ${typeWords(own)} here`)
    }
    if ((own.oneof === undefined) !== (field.oneof === undefined)) {
      this.#add(path, 'oneof-changed', `it is part of a oneof on one side alone`)
    }
    const [mine, theirs] = [
      findType(reader.file, reader.path, own.type),
      findType(writer.file, writer.path, field.type),
    ]
    if (mine?.kind === 'enum' && theirs?.kind === 'enum') return this.#enums(mine.type, theirs.type, path)
    if (mine?.kind === 'message' && theirs?.kind === 'message') {
      const [one, two] = [mine.path.at(-1)!.name, theirs.path.at(-1)!.name]
      if (one !== two) return this.#add(path, 'type-changed', `its type is ${two} there and ${one} here`)
      return this.#messages({ file: reader.file, path: mine.path }, { file: writer.file, path: theirs.path }, path)
    }
    const known = mine === undefined && theirs === undefined && isReadable(own.type, field.type)
    if (!known) this.#add(path, 'type-changed', `it is ${typeWords(field)} there and ${typeWords(own)} here`)
  }

  #enums(reader: ParsedEnum, writer: ParsedEnum, path: string): void {
    for (const { name, number } of writer.values) {
      const own = reader.values.find((value) => value.number === number)
      if (own === undefined) {
        this.#add(path, 'value-unknown', `the value ${name} = ${number} of ${writer.name} is unknown`)
        if (this.#newer === 'reader' && !isReserved(reader, number)) {
          this.#add(path, 'number-not-reserved', `the value ${name} is gone and its number ${number} is not reserved`)
        }
      } else if (own.name !== name) {
        this.#add(path, 'value-changed', `number ${number} is ${name} there and ${own.name} here`)
      }
    }
    if (this.#newer !== 'reader') return
    for (const { name, number } of reader.values) {
      const isNew = !writer.values.some((value) => value.number === number)
      if (isNew && isReserved(writer, number)) {
        this.#add(path, 'number-reused', `the number ${number} of the value ${name} was reserved`)
      }
    }
    this.#withdrawn(reader, writer, path)
  }

  #add(path: string, rule: string, what: string): void {
    this.#found.push({ path, rule, what })
  }
}

function inner(path: string, { name, repetition }: ParsedField): string {
  const own = repetition === 'many' ? `${name}[]` : repetition === 'map' ? `${name}.*` : name
  return path === '' ? own : `${path}.${own}`
}

function isReserved({ reservedNumbers }: ParsedReserved, number: number): boolean {
  return reservedNumbers.some(([first, last]) => number >= first && number <= last)
}

/** The first number of a range that is not reserved any more; a range may be split into others. */
function firstFree(reserved: ParsedReserved, first: number, last: number): number | undefined {
  let next = first
  for (const [start, end] of reserved.reservedNumbers.toSorted(([a], [b]) => a - b)) {
    if (start > next) break
    next = Math.max(next, end + 1)
  }
  return next > last ? undefined : next
}

/** Whether a reader of one scalar type gets every value that a writer of another can write. */
function isReadable(reader: string, writer: string): boolean {
  return reader === writer || (reader === 'int64' && writer === 'int32')
}

function typeWords({ repetition, type, keyType }: ParsedField): string {
  if (repetition === 'map') return `map<${keyType}, ${type}>`
  return repetition === 'many' ? `repeated ${type}` : type
}
