import { decodeBase64 } from '../../base/base64.ts'
import { canonicalDecimal } from '../../base/decimal.ts'
import { parseDuration } from '../../base/duration.ts'
import { failure } from '../../base/errors.ts'
import { canonicalJson } from '../../base/json.ts'
import { isStorable } from '../../base/text.ts'
import { isDateText, parseTimestamp } from '../../base/timestamp.ts'
import { bytesOfDecimal, daysOfDate } from '../../schema/avro/scalar.ts'
import { intBounds, longBounds } from '../../schema/check-number.ts'
import type { FieldNode } from '../../schema/node.ts'

/** From JSON to a value that the package writes; undefined is absent. Error: EW_MESSAGE_UNWRITABLE. */
export type Write = (json: unknown) => unknown

/** The message that is written, for errors. */
export interface Writing {
  readonly message: string
}

/** How a field without parts is written. */
export function writeScalar(run: Writing, node: FieldNode, at: string): Write {
  switch (node.kind) {
    case 'string':
      return checked(run, at, 'text', isText, (json) => json)
    case 'uuid':
      return checked(run, at, 'a UUID', isText, (json) => json)
    case 'int':
      return checked(run, at, 'an int of 32 bits', isInt32, (json) => json)
    case 'float':
    case 'double':
      return checked(run, at, 'a finite number', Number.isFinite, (json) => json)
    case 'boolean':
      return checked(
        run,
        at,
        'a boolean',
        (json) => typeof json === 'boolean',
        (json) => json,
      )
    case 'long':
      return checked(run, at, 'a long as text', isLongText, (json) => BigInt(json as string))
    case 'bytes':
      return converted(run, at, 'base64', (text) => asBuffer(decodeBase64(text)))
    case 'decimal': {
      const { precision, scale } = node
      return converted(run, at, `decimal(${precision}, ${scale})`, (text) => {
        const canonical = canonicalDecimal(text, precision, scale)
        return canonical === null ? null : bytesOfDecimal(canonical, scale)
      })
    }
    case 'timestamp':
      return converted(run, at, 'a timestamp', (text) => {
        const canonical = parseTimestamp(text)
        return canonical === null ? null : Date.parse(canonical)
      })
    case 'date':
      return converted(run, at, 'a date', (text) => (isDateText(text) ? daysOfDate(text) : null))
    case 'duration':
      return converted(run, at, 'a duration', parseDuration)
    case 'json':
      return checked(
        run,
        at,
        'JSON',
        (json) => json !== undefined,
        (json) => jsonText(run, at, json),
      )
    case 'enum':
      return symbolWrite(run, node.values, at)
    case 'literal':
      if (typeof node.value === 'string') return symbolWrite(run, [node.value], at)
      return checked(
        run,
        at,
        String(node.value),
        (json) => json === node.value,
        (json) => json,
      )
    default:
      throw new TypeError(`a ${node.kind} has no form in Avro`)
  }
}

function symbolWrite(run: Writing, values: readonly string[], at: string): Write {
  const symbols = new Map<unknown, string>(values.map((value, index) => [value, `s${index}`]))
  return checked(
    run,
    at,
    `one of ${values.join(', ')}`,
    (json) => symbols.has(json),
    (json) => symbols.get(json),
  )
}

/** Writes what is accepted, and refuses the rest. */
export function checked(
  run: Writing,
  at: string,
  expected: string,
  accepts: (json: unknown) => boolean,
  write: (json: unknown) => unknown,
): Write {
  return (json) => {
    if (accepts(json)) return write(json)
    throw unwritable(run, at, expected, json)
  }
}

function converted(run: Writing, at: string, expected: string, convert: (text: string) => unknown): Write {
  return (json) => {
    const value = typeof json === 'string' ? convert(json) : null
    if (value !== null) return value
    throw unwritable(run, at, expected, json)
  }
}

/** Whether it is text that may be stored. */
export function isText(json: unknown): boolean {
  return typeof json === 'string' && isStorable(json)
}

function isInt32(json: unknown): boolean {
  return Number.isInteger(json) && (json as number) >= intBounds.min && (json as number) <= intBounds.max
}

const wholeNumber = /^-?\d{1,19}$/

function isLongText(json: unknown): boolean {
  if (typeof json !== 'string' || !wholeNumber.test(json)) return false
  const value = BigInt(json)
  return value >= longBounds.min && value <= longBounds.max
}

function jsonText(run: Writing, at: string, json: unknown): string {
  try {
    return canonicalJson(json)
  } catch {
    throw unwritable(run, at, 'JSON', json)
  }
}

function asBuffer(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Says what kind of value came, never the value itself, which may be personal data. */
export function unwritable(run: Writing, at: string, expected: string, json: unknown): Error {
  const got = json === undefined ? 'nothing' : json === null ? 'null' : Array.isArray(json) ? 'a list' : typeof json
  const where = at === '' ? `The message ${run.message}` : `The field ${at} of the message ${run.message}`
  return failure('EW_MESSAGE_UNWRITABLE', `${where} cannot be written as Avro: expected ${expected}, got ${got}.`, {
    details: { message: run.message, path: at },
  })
}
