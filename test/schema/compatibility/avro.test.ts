import assert from 'node:assert/strict'
import test from 'node:test'
import { isEventwrightError } from '../../../src/base/errors.ts'
import { avroIncompatibilities } from '../../../src/schema/compatibility/avro.ts'

const withField = (type: unknown, more: object = {}): string =>
  JSON.stringify({ type: 'record', name: 'Order', fields: [{ name: 'f', type, ...more }] })
const decimal = (precision: number, scale: number): object => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision,
  scale,
})
const long = (logicalType: string): object => ({ type: 'long', logicalType })
const symbols = (list: readonly string[], more: object = {}): object => ({
  type: 'enum',
  name: 'E',
  symbols: list,
  ...more,
})

test('a finding names the path, the rule and what is wrong in words', () => {
  const schema = (price: unknown): string => {
    const line = { type: 'record', name: 'Line', fields: [{ name: 'price', type: price }] }
    const pages = { type: 'map', values: { type: 'array', items: ['null', line] } }
    return withField(pages)
  }
  assert.deepEqual(avroIncompatibilities(schema('int'), schema('long')), [
    { path: 'f.*[].price', rule: 'type', what: 'long was written, and int is read' },
  ])
  assert.deepEqual(avroIncompatibilities(schema('long'), schema('int')), [])
})

test('every rule is found', () => {
  const two = JSON.stringify({
    type: 'record',
    name: 'Order',
    fields: [
      { name: 'a', type: 'int' },
      { name: 'b', type: 'int' },
    ],
  })
  const fixed = (name: string, size: number): object => ({ type: 'fixed', name, size })
  const rows: readonly (readonly [string, string, string, string])[] = [
    [withField('int'), JSON.stringify({ type: 'record', name: 'Order', fields: [] }), 'f', 'missing-default'],
    [withField('int', { aliases: ['a', 'b'] }), two, 'f', 'ambiguous-alias'],
    [withField('string'), withField('int'), 'f', 'type'],
    [withField('int'), withField(['null', 'int']), 'f', 'type'],
    [withField(['null', 'int']), withField('string'), 'f', 'missing-union-branch'],
    [withField(symbols(['A'])), withField(symbols(['A', 'B'])), 'f', 'missing-enum-symbols'],
    [withField(fixed('X', 2)), withField(fixed('X', 3)), 'f', 'fixed-size'],
    [withField(fixed('X', 2)), withField(fixed('Y', 2)), 'f', 'name'],
    [withField('int').replace('Order', 'Sale'), withField('int'), '', 'name'],
    [withField(decimal(9, 3)), withField(decimal(9, 2)), 'f', 'decimal-scale'],
    [withField(decimal(8, 2)), withField(decimal(9, 2)), 'f', 'decimal-precision'],
    [withField('bytes'), withField(decimal(9, 2)), 'f', 'logical-type'],
    [withField(long('timestamp-millis')), withField(long('timestamp-micros')), 'f', 'logical-type'],
    [withField(long('timestamp-millis')), withField('long'), 'f', 'logical-type'],
    [withField({ type: 'string', logicalType: 'uuid' }), withField('string'), 'f', 'logical-type'],
    [withField({ type: 'string', 'eventwright.kind': 'json' }), withField('string'), 'f', 'logical-type'],
    [withField({ type: 'int', 'eventwright.const': 7 }), withField('int'), 'f', 'constant'],
  ]
  for (const [reader, writer, path, rule] of rows) {
    const findings = avroIncompatibilities(reader, writer)
    assert.deepEqual(
      findings.map((finding) => [finding.path, finding.rule]),
      [[path, rule]],
      `${reader} reads ${writer}`,
    )
  }
})

test('what resolution allows is no finding', () => {
  const rows: readonly (readonly [string, string])[] = [
    [withField('int', { default: 1 }), JSON.stringify({ type: 'record', name: 'Order', fields: [] })],
    [withField('int').replace('"f"', '"g","aliases":["f"]'), withField('int')],
    [withField(['null', 'long']), withField('int')],
    [withField(symbols(['A'], { default: 'A' })), withField(symbols(['A', 'B']))],
    [withField('string'), withField('bytes')],
    [withField(decimal(10, 2)), withField(decimal(9, 2))],
    [withField('long'), withField(long('timestamp-millis'))],
    [withField('int').replace('Order', 'a.Order'), withField('int').replace('Order', 'b.Order')],
    [withField('int').replace('"Order"', '"Sale","aliases":["Order"]'), withField('int')],
  ]
  for (const [reader, writer] of rows)
    assert.deepEqual(avroIncompatibilities(reader, writer), [], `${reader} ${writer}`)
})

test('a type that contains itself is compared once', () => {
  const tree = (value: string): string =>
    JSON.stringify({
      type: 'record',
      name: 'Tree',
      fields: [
        { name: 'value', type: value },
        { name: 'left', type: ['null', 'Tree'] },
        { name: 'rest', type: { type: 'array', items: 'Tree' } },
      ],
    })
  assert.deepEqual(avroIncompatibilities(tree('long'), tree('int')), [])
  assert.deepEqual(
    avroIncompatibilities(tree('int'), tree('long')).map(({ path }) => path),
    ['value'],
  )
})

test('a text that is no schema is refused', () => {
  assert.throws(
    () => avroIncompatibilities('{', '"int"'),
    (error) => isEventwrightError(error, 'EW_SCHEMA_TEXT'),
  )
})
