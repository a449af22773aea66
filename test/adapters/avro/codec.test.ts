import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { isEventwrightError } from '../../../src/base/errors.ts'
import { canonicalJson } from '../../../src/base/json.ts'
import { openAvro } from '../../../src/adapters/avro/codec.ts'
import { avroSchema, type AvroSchema } from '../../../src/schema/avro/schema.ts'
import { nodeCodec } from '../../../src/schema/codec.ts'
import type { Shape } from '../../../src/schema/field.ts'
import { sample } from '../../../src/schema/sample.ts'
import { shapeNode } from '../../../src/schema/shape.ts'
import { t } from '../../../src/schema/t.ts'
import { anyFields, seeded } from '../../schema/arbitrary-shape.ts'

const avro = await openAvro()
const declared = (shape: Shape): AvroSchema => avroSchema('M', shapeNode(shape))
const hex = (shape: Shape, json: unknown): string => Buffer.from(avro.encode(declared(shape), json)).toString('hex')
const back = (shape: Shape, json: unknown): unknown => {
  const form = declared(shape)
  return avro.decode(form, form.text, avro.encode(form, json))
}

test('values have the bytes of the Avro specification', () => {
  const rows: readonly (readonly [Shape, unknown, string])[] = [
    [{ f: t.int() }, { f: -64 }, '7f'],
    [{ f: t.long() }, { f: '9223372036854775807' }, 'feffffffffffffffff01'],
    [{ f: t.long() }, { f: '-9223372036854775808' }, 'ffffffffffffffffff01'],
    [{ f: t.string() }, { f: 'foo' }, '06666f6f'],
    [{ f: t.boolean() }, { f: true }, '01'],
    [{ f: t.double() }, { f: 1 }, '000000000000f03f'],
    [{ f: t.array(t.long()) }, { f: ['3', '27'] }, '04063600'],
    [{ f: t.map(t.int()) }, { f: { a: 1 } }, '0202610200'],
    [{ f: t.string().optional() }, {}, '00'],
    [{ f: t.string().optional() }, { f: 'a' }, '020261'],
    [{ f: t.enum('a', 'b') }, { f: 'b' }, '02'],
    [{ f: t.decimal(9, 2) }, { f: '-1.50' }, '04ff6a'],
    [{ f: t.bytes() }, { f: '/wA=' }, '04ff00'],
    [{ f: t.date() }, { f: '1970-01-02' }, '02'],
    [{ f: t.timestamp() }, { f: '1969-12-31T23:59:59.999Z' }, '01'],
    [{ f: t.literal('x') }, { f: 'x' }, '00'],
    [{ f: t.union('k', { a: t.record('A', {}), b: t.record('B', { n: t.int() }) }) }, { f: { k: 'b', n: 1 } }, '0202'],
  ]
  for (const [shape, json, bytes] of rows) {
    assert.equal(hex(shape, json), bytes)
    assert.deepEqual(back(shape, json), json)
  }
})

test('any JSON of any declaration comes back as it was', () => {
  let values = 0
  const round = (fields: Shape, seed: number): void => {
    const node = shapeNode(fields)
    let form: AvroSchema
    try {
      form = avroSchema('M', node, { namespace: 'a.b' })
    } catch (error) {
      assert.ok(isEventwrightError(error, 'EW_SCHEMA_FORM'))
      return
    }
    const random = seeded(seed)
    const encode = nodeCodec(node)?.encode ?? ((data: unknown) => data)
    for (let index = 0; index < 5; index++, values++) {
      const json = encode(sample(node, random))
      assert.equal(canonicalJson(avro.decode(form, form.text, avro.encode(form, json))), canonicalJson(json), form.text)
    }
  }
  fc.assert(fc.property(anyFields, fc.integer(), round), { numRuns: 400 })
  assert.ok(values > 1000, String(values))
})

test('names and keys that objects inherit are as any other', () => {
  const shape = {
    m: t.map(t.map(t.int())),
    constructor: t.string().optional(),
    toString: t.enum('constructor', '__proto__', 'hasOwnProperty'),
  }
  const json = JSON.parse('{"m":{"__proto__":{"__proto__":1},"a":{}},"toString":"__proto__"}')
  assert.equal(canonicalJson(back(shape, json)), canonicalJson(json))
  const wrapped = avroSchema('Text', shapeNode(t.array(t.string())))
  assert.deepEqual(avro.decode(wrapped, wrapped.text, avro.encode(wrapped, ['a'])), ['a'])
})

test('defaults are filled in where JSON leaves a field out', () => {
  assert.deepEqual(back({ f: t.enum('a', 'b').default('b'), g: t.long().default(2n ** 60n) }, {}), {
    f: 'b',
    g: '1152921504606846976',
  })
})

test('JSON that the declaration does not have is refused with its path, and never quoted', () => {
  const Line = t.record('Line', { qty: t.int() })
  const shape = {
    name: t.string(),
    lines: t.array(Line),
    pay: t.union('kind', { card: t.record('Card', {}) }).optional(),
  }
  const rows: readonly (readonly [unknown, string])[] = [
    [{ lines: [] }, 'name'],
    [{ name: 'secret\u0000', lines: [] }, 'name'],
    [{ name: 'a', lines: [{ qty: 'secret' }] }, 'lines[].qty'],
    [{ name: 'a', lines: [{ qty: 2 ** 31 }] }, 'lines[].qty'],
    [{ name: 'a', lines: [], other: 'secret' }, ''],
    [{ name: 'a', lines: [], pay: { kind: 'secret' } }, 'pay'],
    [{ name: 'a', lines: 'secret' }, 'lines'],
    ['secret', ''],
  ]
  for (const [json, path] of rows) {
    assert.throws(
      () => avro.encode(declared(shape), json),
      (error) =>
        isEventwrightError(error, 'EW_MESSAGE_UNWRITABLE') &&
        error.details['path'] === path &&
        !error.message.includes('secret'),
      JSON.stringify(json),
    )
  }
})
