import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { isEventwrightError } from '../../../src/base/errors.ts'
import { avroSchema } from '../../../src/schema/avro/schema.ts'
import { avroTypeName, type AvroRecord, type AvroUnion } from '../../../src/schema/avro/model.ts'
import { parseAvro } from '../../../src/schema/avro/parse.ts'
import type { Shape } from '../../../src/schema/field.ts'
import { shapeNode } from '../../../src/schema/shape.ts'
import { t } from '../../../src/schema/t.ts'
import { z } from 'zod'
import { anyFields } from '../arbitrary-shape.ts'

const text = (shape: Shape): string => avroSchema('M', shapeNode(shape)).text
const fieldType = (field: Shape[keyof Shape]): unknown =>
  (JSON.parse(text({ f: field } as Shape)) as { fields: { type: unknown }[] }).fields[0]!.type
const fieldOf = (field: unknown): unknown =>
  (JSON.parse(text({ f: field } as Shape)) as { fields: unknown[] }).fields[0]

test('every kind of field has the Avro type of the table', () => {
  const rows: readonly (readonly [unknown, unknown])[] = [
    [t.string(), 'string'],
    [t.uuid(), { type: 'string', logicalType: 'uuid' }],
    [t.int(), 'int'],
    [t.long(), 'long'],
    [t.float(), 'float'],
    [t.double(), 'double'],
    [t.boolean(), 'boolean'],
    [t.bytes(), 'bytes'],
    [t.decimal(12, 2), { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 }],
    [t.timestamp(), { type: 'long', logicalType: 'timestamp-millis' }],
    [t.date(), { type: 'int', logicalType: 'date' }],
    [t.duration(), { type: 'long', 'eventwright.kind': 'duration-millis' }],
    [t.json(), { type: 'string', 'eventwright.kind': 'json' }],
    [t.enum('web', 'app'), { type: 'enum', name: 'M_f', symbols: ['web', 'app'] }],
    [t.literal('x'), { type: 'enum', name: 'M_f', symbols: ['x'] }],
    [t.literal(7), { type: 'int', 'eventwright.const': 7 }],
    [t.literal(0.5), { type: 'double', 'eventwright.const': 0.5 }],
    [t.literal(true), { type: 'boolean', 'eventwright.const': true }],
    [t.literal(null), 'null'],
    [t.array(t.int()), { type: 'array', items: 'int' }],
    [t.map(t.long().nullable()), { type: 'map', values: ['null', 'long'] }],
    [t.record('R', { a: t.int() }), { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] }],
    [t.string().nullable(), ['null', 'string']],
  ]
  for (const [field, expected] of rows) assert.deepEqual(fieldType(field as never), expected)
})

test('what may be absent is null by default, and a default is written as Avro writes its type', () => {
  const rows: readonly (readonly [unknown, unknown])[] = [
    [t.string().optional(), { name: 'f', type: ['null', 'string'], default: null }],
    [t.string().nullable().default('d'), { name: 'f', type: ['string', 'null'], default: 'd' }],
    [t.string().nullable().default(null), { name: 'f', type: ['null', 'string'], default: null }],
    [t.bytes().default(Uint8Array.of(0, 255)), { name: 'f', type: 'bytes', default: '\u0000\u00ff' }],
    [
      t.decimal(6, 2).default('-1.50'),
      { name: 'f', type: { type: 'bytes', logicalType: 'decimal', precision: 6, scale: 2 }, default: '\u00ffj' },
    ],
    [
      t.timestamp().default('1970-01-01T00:00:01Z'),
      { name: 'f', type: { type: 'long', logicalType: 'timestamp-millis' }, default: 1000 },
    ],
    [t.date().default('1969-12-31'), { name: 'f', type: { type: 'int', logicalType: 'date' }, default: -1 }],
    [t.array(t.int()).default([1]), { name: 'f', type: { type: 'array', items: 'int' }, default: [1] }],
  ]
  for (const [field, expected] of rows) assert.deepEqual(fieldOf(field), expected)
  assert.match(text({ f: t.long().default(2n ** 62n) }), /"default":4611686018427387904[,}]/)
})

test('documentation, former names, personal data and the default of an enum travel', () => {
  const channel = t.enum('web', 'in-store').default('in-store').alias('source').describe('where it came from')
  assert.deepEqual(fieldOf(channel), {
    name: 'f',
    aliases: ['source'],
    doc: 'where it came from',
    default: 'in_store',
    type: {
      type: 'enum',
      name: 'M_f',
      aliases: ['M_source'],
      symbols: ['web', 'in_store'],
      default: 'in_store',
      'eventwright.values': ['web', 'in-store'],
    },
  })
  const { fields } = JSON.parse(text({ id: t.uuid(), name: t.string().pii('id'), mail: t.string().pii() }))
  assert.deepEqual([fields[1].pii, fields[2].pii], ['id', true])
  assert.deepEqual(fieldType(t.array(t.string().pii())), { type: 'array', items: 'string', pii: true })
})

test('a record is written out once, a union is its records, and names have the namespace', () => {
  const Money = t.record('Money', { units: t.long() })
  const payment = t.union('kind', { card: t.record('Card', { fee: Money }), cash: t.record('Cash', {}) })
  const { fullName, text } = avroSchema('order.placed', shapeNode({ a: Money, pay: payment.nullable() }), {
    namespace: 'com.my-shop',
  })
  assert.equal(fullName, 'com.my_shop.order_placed')
  const schema = JSON.parse(text)
  assert.equal(schema.namespace, 'com.my_shop')
  assert.deepEqual(schema.fields[1], {
    name: 'pay',
    'eventwright.tag': 'kind',
    'eventwright.variants': { card: 'Card', cash: 'Cash' },
    type: [
      'null',
      { type: 'record', name: 'Card', fields: [{ name: 'fee', type: 'Money' }] },
      { type: 'record', name: 'Cash', fields: [] },
    ],
  })
  const { type } = (parseAvro(text) as AvroRecord).fields[1]!
  assert.deepEqual((type as AvroUnion).branches.map(avroTypeName), ['null', 'com.my_shop.Card', 'com.my_shop.Cash'])
})

test('the variant of a default comes first, where Avro looks for it', () => {
  const union = t.union('kind', { a: t.record('A', {}), b: t.record('B', { n: t.int() }) })
  const field = fieldOf(union.default({ kind: 'b', n: 1 })) as { type: { name: string }[]; default: unknown }
  assert.deepEqual([field.type.map(({ name }) => name), field.default], [['B', 'A'], { n: 1 }])
})

test('a message that is no record stands in one field', () => {
  const declared = avroSchema('Note', shapeNode(t.string()))
  assert.equal(declared.wrapped, true)
  assert.equal(declared.text, '{"fields":[{"name":"value","type":"string"}],"name":"Note","type":"record"}')
})

test('what has no form in Avro is refused with its path', () => {
  const R = t.record('R', {})
  const rows: readonly (readonly [Shape, string, RegExp])[] = [
    [{ lines: t.array(t.record('Line', { x: z.string() })) }, 'lines[].x', /a zod schema does not say/],
    [{ f: t.string().nullable().optional() }, 'f', /may be absent and may be null/],
    [{ f: t.enum('a-b', 'a.b') }, 'f', /"a-b" and "a\.b" the same/],
    [{ f: t.union('kind', { a: R, b: R }) }, 'f', /two variants are the record R/],
    [{ e: t.enum('a'), r: t.record('M_e', {}) }, 'r', /would be called M_e, as e is/],
    [{ r: t.record('M', {}) }, 'r', /would be called M, as the message is/],
    [{ f: t.array(t.int().nullable()).default([1]) }, 'f', /its default has 1 where/],
  ]
  for (const [shape, path, problem] of rows) {
    assert.throws(
      () => text(shape),
      (error) =>
        isEventwrightError(error, 'EW_SCHEMA_FORM') && error.details['path'] === path && problem.test(error.message),
      path,
    )
  }
})

test('the text of any declaration that has one is canonical, and valid Avro', () => {
  let made = 0
  fc.assert(
    fc.property(anyFields, (fields) => {
      let schema: string
      try {
        schema = text(fields)
      } catch (error) {
        assert.ok(isEventwrightError(error, 'EW_SCHEMA_FORM'))
        return
      }
      made++
      assert.equal(schema, text(fields))
      assert.doesNotThrow(() => parseAvro(schema), schema)
    }),
    { numRuns: 300 },
  )
  assert.ok(made > 200, `${made} of 300`)
})
