import { isUtf8 } from 'node:buffer'
import { encodeBase64 } from '../../base/base64.ts'
import { canonicalDecimal } from '../../base/decimal.ts'
import { formatDuration } from '../../base/duration.ts'
import { failure } from '../../base/errors.ts'
import { canonicalJson, parseJson } from '../../base/json.ts'
import { isStorable } from '../../base/text.ts'
import { avroName, type AvroEnum, type AvroLogical, type AvroType } from '../../schema/avro/model.ts'
import { dateOfDays, decimalOfBytes, timestampOfMs } from '../../schema/avro/scalar.ts'
import { promotes } from '../../schema/compatibility/avro.ts'
import type { DecimalNode, FieldNode } from '../../schema/node.ts'

/** From a value as the package reads it to its JSON. Error: EW_MESSAGE_UNREADABLE. */
export type Read = (value: unknown) => unknown

/** How a field without parts reads what was written as that type; undefined where it cannot. */
export function scalarRead(node: FieldNode, writer: AvroType, at: string): Read | undefined {
  const logical = 'logical' in writer ? writer.logical : undefined
  const base = baseOf[node.kind]
  if (node.kind === 'decimal') return decimalRead(node, writer, logical, at)
  if (base === undefined || !promotes(base, writer.kind) || isOtherwise(node, logical)) return undefined
  switch (node.kind) {
    case 'string':
      return textRead(at)
    case 'uuid':
      return converted(at, 'a text that is no UUID', (value) => canonicalUuid(asText(value)))
    case 'int':
    case 'boolean':
      return (value) => value
    case 'long':
      return (value) => String(value)
    case 'float':
    case 'double':
      return realRead(node.kind, at)
    case 'bytes':
      return (value) => encodeBase64(typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array))
    case 'timestamp':
      return timestampRead(logical, at)
    case 'date':
      return converted(at, 'a date outside the years 0 to 9999', (value) => dateOfDays(Number(value)))
    case 'duration':
      return converted(at, 'a duration below 0 or beyond 2^53 ms', (value) =>
        Number.isSafeInteger(value) && (value as number) >= 0 ? formatDuration(value as number) : null,
      )
    default:
      return jsonRead(at)
  }
}

/** What each kind is written as. */
const baseOf: { readonly [K in FieldNode['kind']]?: string } = {
  string: 'string',
  uuid: 'string',
  int: 'int',
  long: 'long',
  float: 'float',
  double: 'double',
  boolean: 'boolean',
  bytes: 'bytes',
  timestamp: 'long',
  date: 'int',
  duration: 'long',
  json: 'string',
}

const perMs: { readonly [name: string]: bigint } = {
  'timestamp-millis': 1n,
  'timestamp-micros': 1000n,
  'timestamp-nanos': 1_000_000n,
}

/** A logical type that means something else, so that the same number would be another value. */
function isOtherwise(node: FieldNode, logical: AvroLogical | undefined): boolean {
  if (logical === undefined) return false
  if (node.kind === 'timestamp') return !Object.hasOwn(perMs, logical.name)
  if (node.kind === 'date') return logical.name !== 'date'
  if (node.kind === 'duration') return logical.name !== 'duration-millis'
  return node.kind === 'bytes' && logical.name === 'decimal'
}

/** Text that may be stored. */
export function textRead(at: string): Read {
  return converted(at, 'a text with U+0000, or bytes that are no text', (value) => {
    const text = asText(value)
    return isStorable(text) ? text : null
  })
}

/** The declared text of a symbol; the default for a symbol that no declared text has. */
export function enumRead(values: readonly string[], preset: unknown, writer: AvroEnum, at: string): Read {
  const declared = new Map(values.map((value) => [avroName(value), value]))
  const reads = new Map<unknown, Read>(
    writer.symbols.map((symbol, index) => {
      const value = declared.get(symbol) ?? preset
      return [`s${index}`, value === undefined ? refuse(at, `the symbol ${symbol} was written`) : () => value]
    }),
  )
  return (symbol) => reads.get(symbol)!(symbol)
}

/** Refuses every value. */
export function refuse(at: string, problem: string): Read {
  return () => {
    const where = at === '' ? 'The Avro value' : `The field ${at} of the Avro value`
    throw failure('EW_MESSAGE_UNREADABLE', `${where} cannot be read: ${problem}.`, { details: { path: at } })
  }
}

function converted(at: string, problem: string, convert: (value: unknown) => unknown): Read {
  const refused = refuse(at, `it is ${problem}`)
  return (value) => convert(value) ?? refused(value)
}

/** Bytes may be read as text; those that are none become a text that nothing accepts. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value
  return isUtf8(value as Buffer) ? (value as Buffer).toString('utf8') : '\u0000'
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function canonicalUuid(text: string): string | null {
  const lower = text.length === 36 ? text.toLowerCase() : ''
  return uuid.test(lower) ? lower : null
}

function realRead(kind: 'float' | 'double', at: string): Read {
  return converted(at, 'a number that JSON does not have', (value) => {
    const number = kind === 'float' ? Math.fround(Number(value)) : Number(value)
    if (!Number.isFinite(number)) return null
    return number === 0 ? 0 : number
  })
}

function timestampRead(logical: AvroLogical | undefined, at: string): Read {
  const unit = perMs[logical?.name ?? 'timestamp-millis']!
  const beyond = 'an instant outside the years 0 to 9999'
  if (unit === 1n) return converted(at, beyond, (value) => timestampOfMs(Number(value)))
  return converted(at, beyond, (value) => {
    const fine = BigInt(value as number | bigint)
    // Towards the past, as digits of a text are cut off, also before 1970.
    const ms = (fine - (((fine % unit) + unit) % unit)) / unit
    return timestampOfMs(Number(ms))
  })
}

const maxDecimalBytes = 64

/** Digits that the declared scale has no room for must be zeros: nothing is rounded. */
function decimalRead(
  { precision, scale }: DecimalNode,
  writer: AvroType,
  logical: AvroLogical | undefined,
  at: string,
): Read | undefined {
  if ((writer.kind !== 'bytes' && writer.kind !== 'fixed') || logical?.name !== 'decimal') return undefined
  const writtenScale = logical.scale!
  return converted(at, `a decimal that decimal(${precision}, ${scale}) has no room for`, (value) => {
    const bytes = value as Uint8Array
    // The cost of a number grows with the square of its bytes.
    if (bytes.length > maxDecimalBytes || writtenScale > 1000) return null
    return canonicalDecimal(decimalOfBytes(bytes, writtenScale), precision, scale)
  })
}

const maxJsonLevels = 64

function jsonRead(at: string): Read {
  const refused = refuse(at, 'it is a text that is no JSON')
  return (text) => {
    try {
      const json = parseJson(asText(text), maxJsonLevels)
      canonicalJson(json)
      return json
    } catch {
      return refused(text)
    }
  }
}
