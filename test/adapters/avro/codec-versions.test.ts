import assert from 'node:assert/strict'
import test from 'node:test'
import avsc from 'avsc'
import { isEventwrightError } from '../../../src/base/errors.ts'
import { openAvro } from '../../../src/adapters/avro/codec.ts'
import { avroSchema, type AvroSchema } from '../../../src/schema/avro/schema.ts'
import { nodeCodec } from '../../../src/schema/codec.ts'
import { avroIncompatibilities } from '../../../src/schema/compatibility/avro.ts'
import { compile } from '../../../src/schema/compile.ts'
import type { Fields, Schema, Shape } from '../../../src/schema/field.ts'
import { sample } from '../../../src/schema/sample.ts'
import { shapeNode } from '../../../src/schema/shape.ts'
import { t } from '../../../src/schema/t.ts'
import { seeded } from '../../schema/arbitrary-shape.ts'

const avro = await openAvro()
const declared = (shape: Shape): AvroSchema => avroSchema('M', shapeNode(shape))
const read = (reader: Shape, writer: Shape, json: unknown): unknown => {
  const from = declared(writer)
  return avro.decode(declared(reader), from.text, avro.encode(from, json))
}
const refused = (path: string) => (error: unknown) =>
  isEventwrightError(error, 'EW_MESSAGE_UNREADABLE') && error.details['path'] === path

test('a newer and an older version read each other as Avro resolves them', () => {
  const Line = t.record('Line', { sku: t.string() })
  const NewLine = t.record('Line', { sku: t.string(), qty: t.int().default(1) })
  const first = { id: t.uuid(), total: t.int(), state: t.enum('open', 'done'), lines: t.array(Line) }
  const second = {
    orderId: t.uuid().alias('id'),
    total: t.long().nullable(),
    state: t.enum('open').default('open'),
    lines: t.array(NewLine),
    note: t.string().optional(),
  }
  const id = '6f6b0d3e-9f9a-4b1c-8f4e-0d6a3b8f7c11'
  const json = { id, total: 5, state: 'done', lines: [{ sku: 'a' }] }
  assert.deepEqual(read(second, first, json), {
    orderId: id,
    total: '5',
    state: 'open',
    lines: [{ sku: 'a', qty: 1 }],
  })
  assert.deepEqual(read(Object.assign({ id: t.uuid() }, { lines: t.array(Line) }), first, json), {
    id,
    lines: [{ sku: 'a' }],
  })
})

test('decimals change their scale and instants their unit without loss, or not at all', () => {
  const price = (precision: number, scale: number): Shape => ({ f: t.decimal(precision, scale) })
  assert.deepEqual(read(price(12, 4), price(9, 2), { f: '-1.50' }), { f: '-1.5000' })
  assert.deepEqual(read(price(9, 1), price(9, 2), { f: '1.50' }), { f: '1.5' })
  assert.throws(() => read(price(9, 1), price(9, 2), { f: '1.55' }), refused('f'))
  assert.throws(() => read(price(3, 2), price(9, 2), { f: '10.00' }), refused('f'))

  const writer = (unit: string): string => declared({ f: t.timestamp() }).text.replace('timestamp-millis', unit)
  const bytes = (value: bigint): Uint8Array => avro.encode(declared({ f: t.long() }), { f: String(value) })
  const instant = declared({ f: t.timestamp() })
  assert.deepEqual(avro.decode(instant, writer('timestamp-micros'), bytes(-1n)), { f: '1969-12-31T23:59:59.999Z' })
  assert.deepEqual(avro.decode(instant, writer('timestamp-nanos'), bytes(1_767_225_600_000_999_999n)), {
    f: '2026-01-01T00:00:00.000Z',
  })
  assert.throws(() => avro.decode(instant, writer('local-timestamp-millis'), bytes(0n)), refused('f'))
  assert.throws(() => avro.decode(instant, writer('timestamp-millis'), bytes(2n ** 62n)), refused('f'))
})

test('what cannot be resolved is refused with its path, at the value that needs it', () => {
  const rows: readonly (readonly [Shape, Shape, unknown, string])[] = [
    [{ f: t.int() }, { f: t.long() }, { f: '1' }, 'f'],
    [{ f: t.int(), g: t.int() }, { f: t.int() }, { f: 1 }, 'g'],
    [{ f: t.enum('a') }, { f: t.enum('a', 'b') }, { f: 'b' }, 'f'],
    [{ f: t.int() }, { f: t.int().nullable() }, { f: null }, 'f'],
    [{ f: t.record('A', {}) }, { f: t.record('B', {}) }, { f: {} }, 'f'],
    [{ f: t.array(t.literal('x')) }, { f: t.array(t.literal('y')) }, { f: ['y'] }, 'f[]'],
    [{ f: t.literal(1) }, { f: t.int() }, { f: 2 }, 'f'],
  ]
  for (const [reader, writer, json, path] of rows) assert.throws(() => read(reader, writer, json), refused(path), path)
  assert.deepEqual(read({ f: t.int() }, { f: t.int().nullable() }, { f: 1 }), { f: 1 })
  assert.deepEqual(read({ f: t.array(t.record('A', {})) }, { f: t.array(t.record('B', {})) }, { f: [] }), { f: [] })
  const other = avroSchema('Other', shapeNode({ f: t.int().optional() }))
  assert.throws(() => avro.decode(declared({ f: t.int().optional() }), other.text, avro.encode(other, {})), refused(''))
})

test('a default of the writer that is no value of its type keeps nobody from reading', () => {
  const form = declared({ f: t.int() })
  const writer = form.text.replace('"name":"f"', '"default":"none","name":"f"')
  assert.match(writer, /"default":"none"/)
  assert.deepEqual(avro.decode(form, writer, avro.encode(form, { f: 5 })), { f: 5 })
})

const scalars: readonly (() => Schema)[] = [
  () => t.string(),
  () => t.int(),
  () => t.long(),
  () => t.float(),
  () => t.double(),
  () => t.boolean(),
  () => t.json(),
  () => t.duration(),
  () => t.literal(7),
  () => t.timestamp(),
  () => t.uuid(),
  () => t.string().optional(),
  () => t.int().nullable(),
  () => t.long().nullable(),
  () => t.int().default(3),
  () => t.long().default(4n),
  () => t.double().optional(),
  () => t.enum('a', 'b'),
  () => t.enum('a', 'b', 'c'),
  () => t.enum('a').default('a'),
  () => t.array(t.int()),
  () => t.array(t.long()),
  () => t.map(t.float()),
  () => t.map(t.double()),
  () => t.record('R', { x: t.int() }),
  () => t.record('R', { x: t.long(), y: t.string().default('y') }),
  () => t.union('k', { one: t.record('One', {}) }),
  () => t.union('k', { one: t.record('One', {}), two: t.record('Two', { n: t.int() }) }),
]

function anyVersion(random: () => number): Fields {
  const names = ['a', 'b', 'c', 'd'].filter(() => random() < 0.6)
  const field = (): Schema => scalars[Math.floor(random() * scalars.length)]!()
  const fields = Object.fromEntries(names.map((name) => [name, field()]))
  // One record of a name is what a message may have.
  return 'R' in fields ? {} : fields
}

/** The version before, with some fields changed, so that about half of the pairs fit. */
function nextVersion(before: Fields, random: () => number): Fields {
  const kept = Object.entries(before).filter(() => random() < 0.85)
  const other = Object.entries(anyVersion(random)).filter(() => random() < 0.4)
  return Object.fromEntries([...kept, ...other])
}

function declaredOrNot(fields: Fields): AvroSchema | undefined {
  try {
    return declared(fields)
  } catch (error) {
    // Two fields that would be records of one name and of other fields.
    if (isEventwrightError(error)) return undefined
    throw error
  }
}

test('every value of a version that our rules call compatible is read, as avsc reads it, and is valid', () => {
  const counts = { pairs: 0, compatible: 0, values: 0 }
  for (let seed = 1; counts.pairs < 600; seed++) {
    const random = seeded(seed * 31_337)
    const before = anyVersion(random)
    const after = nextVersion(before, random)
    const [writer, reader] = [declaredOrNot(before), declaredOrNot(after)]
    if (writer === undefined || reader === undefined) continue
    counts.pairs++
    if (avroIncompatibilities(reader.text, writer.text).length > 0) continue
    counts.compatible++
    const validate = compile(after)
    const oracle = [reader, writer].map(({ text }) =>
      avsc.Type.forSchema(JSON.parse(text) as avsc.Schema, { wrapUnions: 'always' }),
    )
    const resolver = oracle[0]!.createResolver(oracle[1]!)
    const encode = nodeCodec(writer.node)?.encode ?? ((data: unknown) => data)
    const decode = nodeCodec(reader.node)?.decode ?? ((json: unknown) => json)
    for (let index = 0; index < 4; index++, counts.values++) {
      const bytes = avro.encode(writer, encode(sample(writer.node, random)))
      const json = avro.decode(reader, writer.text, bytes)
      const result = validate.parse(decode(json))
      assert.ok(result.ok, `${JSON.stringify(json)} ${reader.text}`)
      // What avsc reads and writes anew is what we write of what we have read.
      const theirs = longsAreSafe(json)
        ? oracle[0]!.toBuffer(oracle[0]!.fromBuffer(Buffer.from(bytes), resolver))
        : undefined
      if (theirs !== undefined) assert.deepEqual(Buffer.from(avro.encode(reader, json)), theirs, reader.text)
    }
  }
  assert.ok(counts.compatible > 200, JSON.stringify(counts))
})

/** Beyond 2^53 the package alone throws. */
function longsAreSafe(json: unknown): boolean {
  return !/"-?\d{16,}"/.test(JSON.stringify(json))
}
