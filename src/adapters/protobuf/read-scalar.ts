import type { Reader } from 'protobufjs'
import { encodeBase64 } from '../../base/base64.ts'
import { canonicalDecimal } from '../../base/decimal.ts'
import { formatDuration, parseDuration } from '../../base/duration.ts'
import { maxJsonDepth, parseJson } from '../../base/json.ts'
import { isStorable } from '../../base/text.ts'
import { isDateText } from '../../base/timestamp.ts'
import { compileNode } from '../../schema/compile.ts'
import type { FieldNode } from '../../schema/node.ts'
import { readInt, readLong } from './long.ts'
import { unreadable, type Get } from './read-part.ts'

/** Reads a value of a kind that has no message or enum of its own. */
export function readScalar(node: FieldNode, where: string): Get {
  switch (node.kind) {
    case 'int':
      return (reader) => readInt(reader) ?? beyond(where, 'is a number of more than 32 bits')
    case 'long':
      return readLong
    case 'float':
      return (reader) => finite(reader.float(), where)
    case 'double':
      return (reader) => finite(reader.double(), where)
    case 'boolean':
      return (reader) => reader.bool()
    case 'bytes':
      return (reader) => encodeBase64(reader.bytes())
    case 'literal':
      return literalReader(node.value, where)
    case 'json':
    case 'foreign':
      return jsonReader(where)
    default:
      return textReader(node, where)
  }
}

/** What a value is of which nothing was written; undefined where its kind has no zero that Protobuf would leave out. */
export function zeroOf(node: FieldNode): unknown {
  switch (node.kind) {
    case 'int':
    case 'float':
    case 'double':
      return 0
    case 'long':
      return '0'
    case 'boolean':
      return false
    case 'string':
    case 'bytes':
      return ''
    case 'literal':
      return node.value === '' || node.value === 0 || node.value === false ? node.value : undefined
    default:
      return undefined
  }
}

/** Reads text that can be stored. */
export function readText(reader: Reader, where: string): string {
  const text = reader.stringVerify()
  return isStorable(text) ? text : beyond(where, 'has a text with U+0000')
}

/** Writers elsewhere know the proto type alone, so what the declaration says of a text is looked at here. */
function textReader(node: FieldNode, where: string): Get {
  const canonical = canonicalOf(node)
  if (canonical === undefined) return (reader) => readText(reader, where)
  return (reader) => canonical(readText(reader, where)) ?? beyond(where, `has a text that is no ${node.kind}`)
}

function canonicalOf(node: FieldNode): ((text: string) => unknown) | undefined {
  switch (node.kind) {
    case 'uuid':
      return (text) => (uuid.test(text) ? text : uuid.test(text.toLowerCase()) ? text.toLowerCase() : undefined)
    case 'decimal':
      return (text) => canonicalDecimal(text, node.precision, node.scale)
    case 'date':
      return (text) => (isDateText(text) ? text : undefined)
    case 'duration':
      return (text) => {
        const ms = parseDuration(text)
        return ms === null ? undefined : formatDuration(ms)
      }
    default:
      return undefined
  }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function jsonReader(where: string): Get {
  return (reader) => {
    const text = readText(reader, where)
    try {
      const result = json.parse(parseJson(text, maxJsonDepth))
      if (result.ok) return result.value
    } catch {
      // Said below: what is wrong in the text may be personal data.
    }
    return beyond(where, 'has a text that is no JSON')
  }
}

const json = compileNode({ kind: 'json' })

function literalReader(value: string | number | boolean | null, where: string): Get {
  const read: Get =
    typeof value === 'string'
      ? (reader) => readText(reader, where)
      : typeof value === 'number'
        ? (reader) => reader.double()
        : (reader) => reader.bool()
  return (reader) => (read(reader) === value ? value : beyond(where, `is not ${JSON.stringify(value)}`))
}

function finite(value: number, where: string): number {
  if (!Number.isFinite(value)) return beyond(where, 'is no finite number')
  return value === 0 ? 0 : value
}

function beyond(where: string, problem: string): never {
  throw unreadable(where, problem)
}
