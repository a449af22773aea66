import assert from 'node:assert/strict'
import test from 'node:test'
import { isEventwrightError } from '../../../src/base/errors.ts'
import type { AvroRecord, AvroUnion } from '../../../src/schema/avro/model.ts'
import { parseAvro } from '../../../src/schema/avro/parse.ts'

test('names take the namespace around them, and a later one refers to an earlier', () => {
  const record = parseAvro(
    JSON.stringify({
      type: 'record',
      name: 'a.b.Node',
      aliases: ['Old', 'c.Older'],
      fields: [
        { name: 'next', type: ['null', 'Node'], default: null },
        { name: 'state', type: { type: 'enum', name: 'State', symbols: ['ON'], default: 'ON' } },
        { name: 'same', type: 'a.b.State' },
        { name: 'hash', type: { type: 'fixed', name: 'x.Hash', size: 4 } },
        { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 9 } },
        { name: 'nested', type: { type: { type: 'array', items: 'int' } } },
      ],
    }),
  ) as AvroRecord
  assert.deepEqual([record.name, record.aliases], ['a.b.Node', ['a.b.Old', 'c.Older']])
  const [next, state, same, hash, price, nested] = record.fields.map(({ type }) => type)
  assert.equal((next as AvroUnion).branches[1], record)
  assert.equal((state as { name: string }).name, 'a.b.State')
  assert.equal(same, state)
  assert.equal((hash as { name: string }).name, 'x.Hash')
  // As the specification has it, a logical type that is not valid is as if it were not there.
  assert.deepEqual(price, { kind: 'bytes' })
  assert.deepEqual(nested, { kind: 'array', items: { kind: 'int' } })
  assert.deepEqual(parseAvro('"long"'), parseAvro('long'))
})

test('a text that is no schema is refused with the place', () => {
  const field = (type: unknown, more: object = {}): string =>
    JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'f', type, ...more }] })
  const rows: readonly (readonly [string, RegExp])[] = [
    ['{', /not valid JSON/],
    ['['.repeat(200) + ']'.repeat(200), /not valid JSON/],
    ['"Unknown"', /"Unknown" is not defined/],
    [field('Later'), /"Later" is not defined before it is used\. At f/],
    [field(['null', ['int']]), /A union stands directly in a union\. At f/],
    [field(['int', 'int']), /A union has int twice/],
    [field([]), /A union has no types/],
    [field('int', { default: 'x' }), /The default is not a value of int\. At f/],
    [field({ type: 'enum', name: 'E', symbols: ['a-b'] }), /the symbol "a-b"/],
    [field({ type: 'enum', name: 'E', symbols: ['A'], default: 'B' }), /default of enum E is none of its symbols/],
    [field({ type: 'fixed', name: 'X', size: -1 }), /Fixed X has no size/],
    [field({ type: 'record', name: 'R', fields: [] }), /The name R is defined twice/],
    [
      JSON.stringify({ type: 'record', name: 'R', fields: [{ name: '__proto__ ', type: 'int' }] }),
      /no name of a field/,
    ],
    [JSON.stringify({ type: 'record', name: 'R' }), /Record R has no list of fields/],
    [field({ type: 'array', items: 7 }), /Expected a type.*At f\[\]/s],
    ['"' + 'x'.repeat(2_000_000) + '"', /more than 1048576/],
  ]
  for (const [text, problem] of rows) {
    assert.throws(
      () => parseAvro(text),
      (error) => isEventwrightError(error, 'EW_SCHEMA_TEXT') && problem.test(error.message),
      text.slice(0, 80),
    )
  }
})
