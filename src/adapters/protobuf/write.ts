import type { Writer } from 'protobufjs'
import { decodeBase64 } from '../../base/base64.ts'
import { failure } from '../../base/errors.ts'
import { describeValue } from '../../base/json-value.ts'
import { canonicalJson } from '../../base/json.ts'
import { timestampMs } from '../../base/timestamp.ts'
import type { ProtobufField, ProtobufMessage, ProtobufValue } from '../../schema/protobuf/model.ts'
import { writeLong } from './long.ts'
import { tagOf, wireTypeOf } from './wire-type.ts'

/** Writes a value in its JSON form. Error: EW_MESSAGE_UNWRITABLE. */
export type Put = (writer: Writer, json: unknown) => void

/** What writes the fields of a message, without its length. */
export function messageWriter(message: ProtobufMessage): Put {
  return new Compiler().message(message)
}

interface FieldWriter {
  readonly name: string
  /** Whether objects inherit something of that name. */
  readonly inherited: boolean
  readonly put: Put
}

/** Writes a value with the tag before it. */
type PutField = (writer: Writer, value: unknown) => void

class Compiler {
  readonly #records = new Map<ProtobufMessage, Put>()
  /** The tag of a union stands in the object of its variant, and no field of that object has it. */
  readonly #variants = new Map<string, Put>()

  message(message: ProtobufMessage): Put {
    const earlier = this.#records.get(message)
    if (earlier !== undefined) return earlier
    const made = this.#made(message)
    this.#records.set(message, made)
    return made
  }

  #made(message: ProtobufMessage): Put {
    switch (message.form) {
      case 'record':
        return this.#record(message, undefined)
      case 'wrapper':
        return this.#field(message, message.fields[0]!)
      case 'union':
        return this.#union(message)
    }
  }

  #record(message: ProtobufMessage, tag: string | undefined): Put {
    const fields = message.fields.map((field): FieldWriter => ({
      name: field.name,
      inherited: field.name in Object.prototype,
      put: this.#field(message, field),
    }))
    const extra = tag === undefined ? 0 : 1
    const { scope } = message
    const known = new Set([...fields.map(({ name }) => name), ...(tag === undefined ? [] : [tag])])
    return (writer, json) => {
      if (!isObject(json)) throw unwritable(scope, 'an object', json)
      let present = extra
      for (const { name, inherited, put } of fields) {
        const value = inherited && !Object.hasOwn(json, name) ? undefined : json[name]
        if (value !== undefined) present++
        put(writer, value)
      }
      let count = 0
      for (const key in json) if (json[key] !== undefined) count++
      if (count !== present) throw undeclared(scope, Object.keys(json).find((key) => !known.has(key)) ?? '?')
    }
  }

  #union(message: ProtobufMessage): Put {
    const { scope, tag = '' } = message
    const variants = new Map(
      message.fields.map((field): [unknown, Put] => {
        const record = (field.value as { readonly type: ProtobufMessage }).type
        const key = `${record.scope} ${tag}`
        const put = this.#variants.get(key) ?? this.#record(record, tag)
        this.#variants.set(key, put)
        const start = tagOf(field.number, 2)
        return [
          field.name,
          (writer, json) => {
            writer.uint32(start).fork()
            put(writer, json)
            writer.ldelim()
          },
        ]
      }),
    )
    return (writer, json) => {
      const put = isObject(json) && Object.hasOwn(json, tag) ? variants.get(json[tag]) : undefined
      if (put === undefined) throw unwritable(scope, `an object whose ${tag} says the variant`, json)
      put(writer, json)
    }
  }

  #field(message: ProtobufMessage, field: ProtobufField): Put {
    const where = `${message.scope}.${field.name}`
    const put = this.#present(field, where)
    const { absent } = field
    return (writer, json) => {
      if (json === undefined && (absent === 'absent' || absent === 'default')) return
      if (json === null && absent === 'null') return
      if (json === undefined) throw failure('EW_MESSAGE_UNWRITABLE', `${where} is absent, and Protobuf needs a value.`)
      put(writer, json)
    }
  }

  #present(field: ProtobufField, where: string): PutField {
    switch (field.repetition) {
      case 'many':
        return this.#many(field, where)
      case 'map':
        return this.#map(field, where)
      case 'one': {
        const tag = tagOf(field.number, wireTypeOf(field.value))
        const put = this.#value(field.value, where)
        // What is always there needs no zero on the wire: a reader takes it for one.
        const isZero = field.absent === 'zero' ? zeroOf(field.value) : undefined
        return (writer, json) => {
          if (isZero?.(json) === true) return
          writer.uint32(tag)
          put(writer, json)
        }
      }
    }
  }

  #many({ number, value }: ProtobufField, where: string): PutField {
    const put = this.#value(value, where)
    const wireType = wireTypeOf(value)
    const isPacked = wireType !== 2
    const tag = tagOf(number, 2)
    return (writer, json) => {
      if (!Array.isArray(json)) throw unwritable(where, 'a list', json)
      if (json.length === 0) return
      if (isPacked) writer.uint32(tag).fork()
      for (const item of json) {
        if (!isPacked) writer.uint32(tag)
        put(writer, item)
      }
      if (isPacked) writer.ldelim()
    }
  }

  #map({ number, value }: ProtobufField, where: string): PutField {
    const put = this.#value(value, where)
    const tag = tagOf(number, 2)
    const keyTag = tagOf(1, 2)
    const valueTag = tagOf(2, wireTypeOf(value))
    return (writer, json) => {
      if (!isObject(json)) throw unwritable(where, 'an object', json)
      for (const key of Object.keys(json)) {
        writer.uint32(tag).fork().uint32(keyTag).string(key).uint32(valueTag)
        put(writer, json[key])
        writer.ldelim()
      }
    }
  }

  #value(value: ProtobufValue, where: string): Put {
    switch (value.kind) {
      case 'scalar':
        return scalarWriter(value.type, where)
      case 'json':
        return (writer, json) => writer.string(canonicalJson(json))
      case 'timestamp':
        return (writer, json) => {
          const ms = typeof json === 'string' ? timestampMs(json) : Number.NaN
          if (Number.isNaN(ms)) throw unwritable(where, 'an instant', json)
          writeTimestamp(writer, ms)
        }
      case 'enum': {
        const numbers = new Map<unknown, number>(value.type.values.map((each) => [each.value, each.number]))
        return (writer, json) => {
          const number = numbers.get(json)
          if (number === undefined) throw unwritable(where, 'a value of the enum', json)
          writer.int32(number)
        }
      }
      case 'message': {
        const put = this.message(value.type)
        return (writer, json) => {
          writer.fork()
          put(writer, json)
          writer.ldelim()
        }
      }
    }
  }
}

function scalarWriter(type: (ProtobufValue & { readonly kind: 'scalar' })['type'], where: string): Put {
  switch (type) {
    case 'string':
      return (writer, json) => {
        if (typeof json !== 'string') throw unwritable(where, 'text', json)
        writer.string(json)
      }
    case 'int64':
      return (writer, json) => {
        const text = typeof json === 'number' && Number.isSafeInteger(json) ? String(json) : json
        if (typeof text !== 'string' || !isLong(text))
          throw unwritable(where, 'text of a whole number of 64 bits', json)
        writeLong(writer, text)
      }
    case 'int32':
      return (writer, json) => {
        if (typeof json !== 'number' || json !== (json | 0)) throw unwritable(where, 'a whole number of 32 bits', json)
        writer.int32(json)
      }
    case 'float':
    case 'double':
      return (writer, json) => {
        if (typeof json !== 'number' || !Number.isFinite(json)) throw unwritable(where, 'a finite number', json)
        if (type === 'float') writer.float(json)
        else writer.double(json)
      }
    case 'bool':
      return (writer, json) => {
        if (typeof json !== 'boolean') throw unwritable(where, 'true or false', json)
        writer.bool(json)
      }
    case 'bytes':
      return (writer, json) => {
        const bytes = typeof json === 'string' ? decodeBase64(json) : null
        if (bytes === null) throw unwritable(where, 'base64', json)
        writer.bytes(bytes)
      }
  }
}

const longPattern = /^-?\d{1,19}$/

function isLong(text: string): boolean {
  if (!longPattern.test(text)) return false
  return text.length < 19 || BigInt.asIntN(64, BigInt(text)) === BigInt(text)
}

function zeroOf(value: ProtobufValue): ((json: unknown) => boolean) | undefined {
  if (value.kind !== 'scalar') return undefined
  if (value.type === 'int64') return (json) => json === '0' || json === 0
  return (json) => json === '' || json === 0 || json === false
}

const secondMs = 1000
const nanosOfMs = 1_000_000

function writeTimestamp(writer: Writer, ms: number): void {
  const seconds = Math.floor(ms / secondMs)
  const nanos = (ms - seconds * secondMs) * nanosOfMs
  writer.fork()
  if (seconds !== 0) writer.uint32(tagOf(1, 0)).int64(seconds)
  if (nanos !== 0) writer.uint32(tagOf(2, 0)).int32(nanos)
  writer.ldelim()
}

function unwritable(where: string, expected: string, value: unknown): Error {
  return failure('EW_MESSAGE_UNWRITABLE', `${where} must be ${expected} in Protobuf, got ${describeValue(value)}.`)
}

function undeclared(scope: string, key: string): Error {
  const problem = 'which its schema does not declare and Protobuf would lose'
  return failure('EW_MESSAGE_UNWRITABLE', `${scope} has a field ${key.slice(0, 100)}, ${problem}.`)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
