import { isUtf8 } from 'node:buffer'
import { failure } from '../../base/errors.ts'
import type { AvroRecord, AvroType } from '../../schema/avro/model.ts'

/** Throws for bytes that are not a value of the schema, from the first to the last. */
export type BoundsCheck = (bytes: Uint8Array) => void

/**
 * Looks through bytes before they are decoded, because the decoder believes every length and count: it would read
 * zeros behind the end, fill memory with items that take no bytes, and make text of bytes that are none. Nothing is
 * allocated here, and nothing is decoded that was not found to be whole.
 *
 * Error: EW_MESSAGE_UNREADABLE with the field and what is wrong: cut off, too long, a length or count that cannot be, a
 * symbol or type that the schema does not have, records nested deeper than 100, more than 10,000 items without bytes.
 */
export function boundsCheck(type: AvroType): BoundsCheck {
  const step = stepOf({ records: new Map(), least: new Map() }, type, '')
  return (bytes) => {
    // What takes no bytes may come once for each byte all the same: behind the byte that says its type.
    const cursor: Cursor = { bytes, at: 0, depth: 0, empty: maxEmptyItems + bytes.length }
    step(cursor)
    if (cursor.at === bytes.length) return
    throw unreadable('', `${bytes.length - cursor.at} bytes follow after its end: another schema wrote it`)
  }
}

const maxDepth = 100
const maxEmptyItems = 10_000

interface Cursor {
  readonly bytes: Uint8Array
  at: number
  /** Of records. */
  depth: number
  /** How many items and records without bytes may still come: the length of the message does not bound them. */
  empty: number
}

type Step = (cursor: Cursor) => void

interface Compiling {
  readonly records: Map<AvroType, Step>
  /** The fewest bytes that each record has. */
  readonly least: Map<AvroType, number>
}

function stepOf(run: Compiling, type: AvroType, path: string): Step {
  switch (type.kind) {
    case 'null':
      return () => undefined
    case 'boolean':
      return (cursor) => {
        const byte = cursor.bytes[cursor.at]
        skip(cursor, 1, path)
        if (byte! > 1) throw unreadable(path, `a boolean is ${byte}`)
      }
    case 'int':
      return (cursor) => void integer(cursor, path, 5, 0x0f)
    case 'long':
      return (cursor) => void length(cursor, path)
    case 'float':
      return (cursor) => skip(cursor, 4, path)
    case 'double':
      return (cursor) => skip(cursor, 8, path)
    case 'bytes':
      return (cursor) => skip(cursor, length(cursor, path), path)
    case 'string':
      return (cursor) => text(cursor, path)
    case 'fixed':
      return (cursor) => skip(cursor, type.size, path)
    case 'enum':
      return (cursor) => void choice(cursor, path, type.symbols.length, 'symbol')
    case 'union': {
      const steps = type.branches.map((branch) => stepOf(run, branch, path))
      return (cursor) => steps[choice(cursor, path, steps.length, 'type of the union')]!(cursor)
    }
    case 'array':
      return items(stepOf(run, type.items, `${path}[]`), leastBytes(run, type.items), path)
    case 'map': {
      const value = stepOf(run, type.values, `${path}.*`)
      const entry: Step = (cursor) => {
        text(cursor, path)
        value(cursor)
      }
      return items(entry, 1 + leastBytes(run, type.values), path)
    }
    case 'record':
      return recordStep(run, type, path)
  }
}

/** A record that is met again, inside of itself or elsewhere, is the same step: its path is that of the first place. */
function recordStep(run: Compiling, type: AvroRecord, path: string): Step {
  const known = run.records.get(type)
  if (known !== undefined) return known
  const steps: Step[] = []
  const isEmpty = leastBytes(run, type) === 0
  const step: Step = (cursor) => {
    if (isEmpty) spend(cursor, 1, path)
    if (++cursor.depth > maxDepth) throw unreadable(path, `records are nested deeper than ${maxDepth} levels`)
    for (let index = 0; index < steps.length; index++) steps[index]!(cursor)
    cursor.depth--
  }
  run.records.set(type, step)
  for (const { name, type: inner } of type.fields) {
    steps.push(stepOf(run, inner, path === '' ? name : `${path}.${name}`))
  }
  return step
}

/** Blocks of items, each with its count; a negative one is followed by the number of bytes of its block. */
function items(item: Step, least: number, path: string): Step {
  return (cursor) => {
    for (let count = length(cursor, path); count !== 0; count = length(cursor, path)) {
      if (count < 0) sizedBlock(cursor, item, -count, least, path)
      else block(cursor, item, count, least, path)
    }
  }
}

function sizedBlock(cursor: Cursor, item: Step, count: number, least: number, path: string): void {
  const size = length(cursor, path)
  const end = cursor.at + size
  if (size < 0 || end > cursor.bytes.length) throw unreadable(path, `a block of ${size} bytes is cut off`)
  block(cursor, item, count, least, path)
  if (end !== cursor.at) throw unreadable(path, 'a block does not have the bytes that it says')
}

function block(cursor: Cursor, item: Step, count: number, least: number, path: string): void {
  const left = cursor.bytes.length - cursor.at
  if (count * least > left) throw unreadable(path, `${count} items are announced, and ${left} bytes are left`)
  if (least === 0) spend(cursor, count, path)
  for (let index = 0; index < count; index++) item(cursor)
}

function spend(cursor: Cursor, count: number, path: string): void {
  cursor.empty -= count
  if (cursor.empty < 0) throw unreadable(path, `more than ${maxEmptyItems} items without bytes are announced`)
}

function text(cursor: Cursor, path: string): void {
  const size = length(cursor, path)
  const start = cursor.at
  skip(cursor, size, path)
  if (!isPlain(cursor.bytes, start, cursor.at) && !isUtf8(cursor.bytes.subarray(start, cursor.at))) {
    throw unreadable(path, 'a text is not UTF-8')
  }
}

/** Most texts are short and plain, and to look at them costs less than to ask for a part of the bytes. */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 64) return false
  for (let at = start; at < end; at++) if (bytes[at]! >= 0x80) return false
  return true
}

function choice(cursor: Cursor, path: string, count: number, what: string): number {
  const index = length(cursor, path)
  if (index >= 0 && index < count) return index
  throw unreadable(path, `${what} ${index} of ${count} is named`)
}

function skip(cursor: Cursor, size: number, path: string): void {
  const left = cursor.bytes.length - cursor.at
  if (size < 0) throw unreadable(path, `a length is ${size}`)
  if (size > left) throw unreadable(path, `${size} bytes are expected, and ${left} are left`)
  cursor.at += size
}

function length(cursor: Cursor, path: string): number {
  return integer(cursor, path, 10, 0x01)
}

/** A zigzag varint; what is beyond 2^53 comes rounded, which only counts and lengths that cannot be are. */
function integer(cursor: Cursor, path: string, maxBytes: number, lastByte: number): number {
  const { bytes } = cursor
  let [value, factor] = [0, 1]
  for (let size = 1; size <= maxBytes; size++) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) throw unreadable(path, 'it is cut off')
    value += (byte & 0x7f) * factor
    if (byte < 0x80) {
      if (size === maxBytes && byte > lastByte) break
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    factor *= 128
  }
  throw unreadable(path, `a whole number has more than ${maxBytes === 5 ? 32 : 64} bits`)
}

/** A number of bytes that every value has at least; that of a record up to its first field with any. */
function leastBytes(run: Compiling, type: AvroType): number {
  switch (type.kind) {
    case 'null':
      return 0
    case 'float':
      return 4
    case 'double':
      return 8
    case 'fixed':
      return type.size
    case 'record':
      return run.least.get(type) ?? leastOfRecord(run, type)
    default:
      return 1
  }
}

function leastOfRecord(run: Compiling, type: AvroRecord): number {
  run.least.set(type, 0)
  let least = 0
  for (const field of type.fields) {
    least = leastBytes(run, field.type)
    if (least > 0) break
  }
  run.least.set(type, least)
  return least
}

function unreadable(path: string, problem: string): Error {
  const where = path === '' ? 'The Avro value' : `The field ${path} of the Avro value`
  return failure('EW_MESSAGE_UNREADABLE', `${where} cannot be read: ${problem}.`, { details: { path } })
}
