import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from '../../src/schema/compile.ts'
import type { Fields, Schema } from '../../src/schema/field.ts'
import { fieldsNode, shapeNode } from '../../src/schema/shape.ts'
import { t } from '../../src/schema/t.ts'

test('a field describes itself as plain frozen data', () => {
  const field = t.decimal(12, 3).min('0').pii('customerId').describe('what it costs').alias('cost').number(3).nullable()
  assert.deepEqual(field.node, {
    kind: 'decimal',
    precision: 12,
    scale: 3,
    min: '0.000',
    pii: { subject: 'customerId' },
    doc: 'what it costs',
    aliases: ['cost'],
    number: 3,
    nullable: true,
  })
  assert.deepEqual(JSON.parse(JSON.stringify(field.node)), field.node)
  assert.ok(Object.isFrozen(field) && Object.isFrozen(field.node) && Object.isFrozen(field.node.aliases))
})

test('a method makes a new field and leaves the old one as it is', () => {
  const base = t.string()
  const short = base.max(3)
  assert.deepEqual(base.node, { kind: 'string' })
  assert.deepEqual(short.pii().node, { kind: 'string', max: 3, pii: {} })
})

test('defaults and bounds of values that JSON cannot hold are described in their JSON form', () => {
  assert.deepEqual(t.long().min(1n).default(5n).node, { kind: 'long', min: '1', default: '5' })
  assert.deepEqual(t.bytes().default(Uint8Array.of(255)).node, { kind: 'bytes', default: '/w==' })
  assert.deepEqual(t.duration().default('60s').node, { kind: 'duration', default: '1m' })
})

test('the last of optional and default counts', () => {
  assert.deepEqual(t.int().default(1).optional().node, { kind: 'int', optional: true })
  assert.deepEqual(t.int().optional().default(1).node, { kind: 'int', default: 1 })
})

test('records keep the order of their fields and nest', () => {
  const Money = t.record('Money', { currency: t.enum('GBP', 'EUR'), amount: t.decimal(12, 2) })
  const node = fieldsNode({ total: Money, lines: t.array(Money) })
  assert.deepEqual(
    node.fields.map(({ name }) => name),
    ['total', 'lines'],
  )
  assert.equal(node.fields[0]!.node, Money.node)
  assert.deepEqual(
    Money.node.fields.map(({ name }) => name),
    ['currency', 'amount'],
  )
})

test('the description of a shape is made once', () => {
  const shape = { a: t.int() }
  assert.equal(shapeNode(shape), shapeNode(shape))
  assert.equal(compile(shape), compile(shape))
})

/** The same functions without their types, for what types refuse. */
type Loose = (...values: readonly unknown[]) => { readonly [method: string]: Loose }
const loose = t as unknown as { readonly [kind: string]: Loose }
const invalid: readonly [what: string, make: () => unknown, message: RegExp][] = [
  ['a field name that is no identifier', () => shapeNode({ 'a-b': t.int() }), /"a-b" is no name for a field/],
  ['a field called __proto__', () => shapeNode(JSON.parse('{"__proto__":1}') as Fields), /"__proto__" is no name/],
  ['a member that is no schema', () => shapeNode({ a: 1 } as unknown as Fields), /Field a of a field map is 1/],
  ['a shape that is no map', () => shapeNode([] as unknown as Fields), /an array of 0 cannot be a field map/],
  ['a record without a name', () => t.record('', {}), /"" is no name for a record/],
  ['an array of a bare field map', () => loose.array!({ a: t.int() }), /expected a field such as t\.record/],
  ['an array of optional items', () => t.array(t.int().optional()), /use nullable\(\)/],
  ['a map of items with a default', () => t.map(t.int().default(1)), /use nullable\(\)/],
  ['an enum without values', () => t.enum(), /at least one value/],
  ['an enum with a value twice', () => t.enum('a', 'b', 'a'), /none twice/],
  ['an enum of numbers', () => loose.enum!(1), /A value of an enum is 1/],
  ['a literal that is no scalar', () => loose.literal!([]), /expected text, a finite number/],
  ['a decimal of 39 digits', () => t.decimal(39, 2), /precision from 1 to 38/],
  ['a scale above the precision', () => t.decimal(2, 3), /scale from 0 to the precision/],
  ['a union without variants', () => t.union('kind', {}), /no variants/],
  ['a union of what is no record', () => loose.union!('kind', { a: t.int() }), /Variant a .* is no record/],
  ['a variant with the tag as a field', () => t.union('k', { a: t.record('A', { k: t.int() }) }), /has a field k/],
  ['a default of the wrong type', () => loose.int!().default!('x'), /The default of a int is not valid/],
  ['a default that breaks a constraint', () => t.int().min(2).default(1), /at least 2/],
  ['a constraint after a default', () => loose.int!().default!(1).min!(5), /before default/],
  ['bounds that exclude each other', () => t.string().min(3).max(2), /at least 3 and at most 2/],
  ['decimal bounds that exclude each other', () => t.decimal(5, 2).min('10').max('9'), /least 10.00 and at most 9.00/],
  ['a bound of the wrong type', () => loose.long!().min!(1), /expected a bigint/],
  ['a bound beyond 32 bits', () => t.int().max(2 ** 31), /whole number of 32 bits/],
  ['a negative length', () => t.string().min(-1), /whole number from 0/],
  ['a constraint that the kind has not', () => loose.boolean!().min!(1), /A boolean has no min\(\)/],
  ['a pattern with flags', () => t.string().pattern(/a/i), /without flags/],
  ['a Protobuf number of the reserved range', () => t.int().number(19_500), /outside 19000 to 19999/],
  ['one Protobuf number twice', () => shapeNode({ a: t.int().number(1), b: t.int().number(1) }), /same number 1/],
  ['a personal subject that is no field', () => shapeNode({ a: t.string().pii('who') }), /"who", which is no field/],
  [
    'two records of one name',
    () =>
      shapeNode({
        a: t.record('A', { x: t.int() }),
        b: t.array(t.record('A', { x: t.string() })),
      }),
    /Two different records have the name A/,
  ],
]
for (const [what, make, message] of invalid) {
  test(`${what} is refused where it is declared`, () => {
    assert.throws(make, { code: 'EW_DESIGN', message })
  })
}

test('one record may be used many times and two records of one content may share a name', () => {
  const twin = (): Schema => t.record('A', { x: t.int() })
  assert.doesNotThrow(() => shapeNode({ a: twin(), b: t.array(twin()) }))
})
