import assert from 'node:assert/strict'
import { test } from 'node:test'
import protobuf from 'protobufjs'
import { protobufIncompatibilities } from '../../../src/schema/compatibility/protobuf.ts'
import { protobufEvolution } from '../../fixtures/protobuf-evolution.ts'
import { seeded } from '../arbitrary-shape.ts'

const chains = 150
const valuesEach = 6

/** What has to do with who is newer and not with one reader and one writer. */
const rulesOfReuse = new Set([
  'number-not-reserved',
  'name-not-reserved',
  'number-reused',
  'name-reused',
  'reserved-withdrawn',
  'package-changed',
])

const typeOf = (text: string): protobuf.Type => {
  const { root, package: name } = protobuf.parse(text, new protobuf.Root(), { keepCase: true })
  root.resolveAll()
  return root.lookupType(`${name}.Order`)
}

test('what a compatible reader has of a value is what its writer wrote, and an incompatible one does lose some', () => {
  const verdicts = { yes: 0, no: 0, lost: 0 }
  for (let seed = 1; seed <= chains; seed++) {
    const { older, newer, edits } = protobufEvolution(seeded(seed * 7919))
    const latest = older.at(-1)!
    for (const [reader, writer, who] of [
      [newer, latest, 'reader'],
      [latest, newer, 'writer'],
    ] as const) {
      const found = protobufIncompatibilities(reader, writer, who).filter(({ rule }) => !rulesOfReuse.has(rule))
      const [readerType, writerType] = [typeOf(reader), typeOf(writer)]
      const random = seeded(seed)
      let lost = 0
      for (let round = 0; round < valuesEach; round++) {
        const value = valueOf(writerType, random)
        const bytes = writerType.encode(writerType.fromObject(value)).finish()
        if (!isKept(writerType, readerType, writerType.decode(bytes), bytes)) lost++
      }
      const story = `seed ${seed} ${JSON.stringify(edits.at(-1))}\n${reader}\n${writer}\n${JSON.stringify(found)}`
      if (found.length === 0) assert.equal(lost, 0, story)
      verdicts[found.length === 0 ? 'yes' : 'no']++
      if (lost > 0) verdicts.lost++
    }
  }
  assert.ok(verdicts.yes > chains / 4 && verdicts.no > chains / 4, JSON.stringify(verdicts))
  // A type that was renamed alone loses nothing on the wire, and a number that changed falls between the two rules.
  assert.ok(verdicts.lost > verdicts.no * 0.6, JSON.stringify(verdicts))
})

/** Whether every field that both have, by number, has the same value, and every number of enums and oneofs is known. */
function isKept(writer: protobuf.Type, reader: protobuf.Type, written: object, bytes: Uint8Array): boolean {
  try {
    return isSame(writer, reader, written, reader.decode(bytes))
  } catch {
    return false
  }
}

type Values = Readonly<Record<string, unknown>>

function isSame(writer: protobuf.Type, reader: protobuf.Type, written: object, read: object): boolean {
  for (const field of writer.fieldsArray) {
    const own = reader.fieldsById[field.id]
    const value = (written as Values)[field.name]
    const isSet = Object.hasOwn(written, field.name)
    if (own === undefined) {
      if (field.partOf && !field.partOf.isProto3Optional && isSet) return false
      continue
    }
    if (!isSet) continue
    const other = (read as Values)[own.name]
    const items = [value, other].map((each) =>
      field.map ? Object.values(each as object) : field.repeated ? (each as unknown[]) : [each],
    )
    const [mine, theirs] = items as [unknown[], unknown[]]
    if (!Array.isArray(theirs) || mine.length !== theirs.length) return false
    if (!mine.every((item, index) => isSameItem(field, own, item, theirs[index]))) return false
  }
  return true
}

function isSameItem(field: protobuf.Field, own: protobuf.Field, item: unknown, other: unknown): boolean {
  if (field.resolvedType instanceof protobuf.Type) {
    if (!(own.resolvedType instanceof protobuf.Type) || typeof other !== 'object' || other === null) return false
    return isSame(field.resolvedType, own.resolvedType, item as object, other)
  }
  if (own.resolvedType instanceof protobuf.Enum && own.resolvedType.valuesById[Number(other)] === undefined)
    return false
  if (item instanceof Uint8Array) return other instanceof Uint8Array && Buffer.compare(item, other) === 0
  return typeof other !== 'object' || (other !== null && 'low' in other) ? String(item) === String(other) : false
}

function valueOf(type: protobuf.Type, random: () => number): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const field of type.fieldsArray) {
    if (field.partOf && !field.partOf.isProto3Optional) continue
    const one = (): unknown => scalarOf(field, random)
    if (field.map) value[field.name] = { a: one(), b: one() }
    else value[field.name] = field.repeated ? [one(), one()] : one()
  }
  for (const { isProto3Optional, fieldsArray } of type.oneofsArray) {
    if (isProto3Optional) continue
    const field = fieldsArray[Math.floor(random() * fieldsArray.length)]!
    value[field.name] = scalarOf(field, random)
  }
  return value
}

function scalarOf({ type, resolvedType }: protobuf.Field, random: () => number): unknown {
  if (resolvedType instanceof protobuf.Type) return valueOf(resolvedType, random)
  if (resolvedType instanceof protobuf.Enum) {
    const numbers = Object.values(resolvedType.values).filter((number) => number !== 0)
    return numbers[Math.floor(random() * numbers.length)]
  }
  switch (type) {
    case 'string':
      return `text ${Math.floor(random() * 100)}`
    case 'bytes':
      return Buffer.from([255, 200, Math.floor(random() * 256)])
    case 'bool':
      return true
    case 'double':
      return 0.5 + Math.floor(random() * 100)
    case 'int64':
      return random() < 0.5 ? { low: 1, high: 2_097_152, unsigned: false } : -5
    default:
      return Math.floor(random() * 2 ** 31) - 5
  }
}
