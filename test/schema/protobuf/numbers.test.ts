import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { t } from 'eventwright'
import type { Fields } from '../../../src/schema/field.ts'
import { protobufNumbers, type AssignedNumbers } from '../../../src/schema/protobuf/numbers.ts'
import type { ProtobufNumbers } from '../../../src/schema/protobuf/member.ts'
import { shapeNode } from '../../../src/schema/shape.ts'
import { anyFields } from '../arbitrary-shape.ts'

const numbersOf = (versions: readonly Fields[], published: ProtobufNumbers = {}, assign = true): AssignedNumbers =>
  protobufNumbers('Order', versions.map(shapeNode), published, { assign })

test('new members get the next free numbers, and published ones keep theirs whatever the order of the declaration', () => {
  const first = numbersOf([{ id: t.string(), status: t.enum('new', 'sent') }])
  assert.deepEqual(first, {
    numbers: { Order: { 'id: string': 1, 'status: enum Status': 2 }, 'Order.enum Status': { new: 1, sent: 2 } },
    problems: [],
  })
  const second = numbersOf([{ note: t.string(), status: t.enum('lost', 'sent'), id: t.string() }], first.numbers)
  assert.deepEqual(second, {
    numbers: {
      Order: { 'id: string': 1, 'status: enum Status': 2, 'note: string': 3 },
      'Order.enum Status': { new: 1, sent: 2, lost: 3 },
    },
    problems: [],
  })
  assert.deepEqual(numbersOf([{}], second.numbers).numbers, second.numbers)
})

test('a declared number is taken, is not given to another field, and may not differ from the published one', () => {
  const { numbers } = numbersOf([{ a: t.string(), b: t.string().number(1), c: t.string().number(18_999), d: t.int() }])
  assert.deepEqual(numbers['Order'], { 'b: string': 1, 'c: string': 18_999, 'a: string': 20_000, 'd: int32': 20_001 })
  assert.deepEqual(numbersOf([{ b: t.string().number(7) }], numbers).problems, [
    { kind: 'changed', scope: 'Order', member: 'b', number: 7, other: '1' },
  ])
  assert.deepEqual(numbersOf([{ e: t.string().number(1) }], numbers).problems, [
    { kind: 'taken', scope: 'Order', member: 'e', number: 1, other: 'b: string' },
  ])
  assert.deepEqual(numbersOf([{ e: t.string().number(1), a: t.int().number(2) }], {}, false).numbers, {
    Order: { 'e: string': 1, 'a: int32': 2 },
  })
})

test('a field of another type on the wire is another field, a wider number is not', () => {
  const { numbers } = numbersOf([
    { total: t.string(), count: t.int() },
    { total: t.boolean(), count: t.long() },
  ])
  assert.deepEqual(numbers['Order'], { 'total: string': 1, 'count: int32': 2, 'total: bool': 3 })
})

test('a message that takes the name of an enum is another field, and knows none of its values', () => {
  const One = t.record('One', {})
  const { numbers } = numbersOf([{ status: t.enum('new', 'sent') }, { status: t.union('kind', { one: One }) }])
  assert.deepEqual(numbers, {
    Order: { 'status: enum Status': 1, 'status: Status': 2 },
    'Order.enum Status': { new: 1, sent: 2 },
    'Order.Status': { 'one: One': 1 },
  })
})

test('a renamed field keeps its number where it says its former name', () => {
  const { numbers } = numbersOf([{ a: t.string() }, { b: t.string().alias('a'), c: t.int().alias('a') }])
  assert.deepEqual(numbers['Order'], { 'a: string': 1, 'b: string': 1, 'c: int32': 2 })
})

test('two fields that got one number in two branches are found', () => {
  assert.deepEqual(numbersOf([{ a: t.string(), b: t.int() }], { Order: { 'a: string': 3, 'b: int32': 3 } }).problems, [
    { kind: 'taken', scope: 'Order', member: 'b', number: 3, other: 'a: string' },
  ])
})

test('the greatest number is followed by the first free one', () => {
  const published = { Order: { 'a: string': 2, 'z: string': 536_870_911 } }
  const { numbers } = numbersOf([{ a: t.string(), z: t.string(), m: t.string(), n: t.string() }], published)
  assert.deepEqual(numbers['Order'], { 'm: string': 1, 'a: string': 2, 'n: string': 3, 'z: string': 536_870_911 })
})

test('through any evolution, no number of a published member changes and none is given twice', () => {
  fc.assert(
    fc.property(fc.array(anyFields, { minLength: 1, maxLength: 4 }), (shapes) => {
      let published: ProtobufNumbers = {}
      for (const [index] of shapes.entries()) {
        const { numbers, problems } = numbersOf(shapes.slice(0, index + 1), published)
        assert.deepEqual(problems, [])
        for (const [scope, members] of Object.entries(published)) {
          for (const [member, number] of Object.entries(members)) assert.equal(numbers[scope]![member], number)
        }
        for (const members of Object.values(numbers)) {
          assert.equal(new Set(Object.values(members)).size, Object.keys(members).length)
        }
        published = numbers
      }
    }),
    { numRuns: 200 },
  )
})
