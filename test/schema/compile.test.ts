import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, parseJson } from '../../src/base/json.ts'
import { nodeCodec } from '../../src/schema/codec.ts'
import { compile } from '../../src/schema/compile.ts'
import type { Schema, Shape } from '../../src/schema/field.ts'
import { describeIssues } from '../../src/schema/issue.ts'
import { sample } from '../../src/schema/sample.ts'
import { t } from '../../src/schema/t.ts'
import { anyFields, seeded } from './arbitrary-shape.ts'

const Item = t.record('Item', { sku: t.string().min(1), quantity: t.int().min(1), unitPrice: t.decimal(12, 3) })
const order = {
  orderId: t.string(),
  customerId: t.string().pii(),
  items: t.array(Item).min(1),
  note: t.string().optional(),
}
const validOrder = { orderId: 'o1', customerId: 'c1', items: [{ sku: 'A', quantity: 2, unitPrice: '2.55' }] }

test('a valid value comes back canonical, new and frozen all the way down, with its keys in order', () => {
  const value = valueOf(order, validOrder)
  assert.deepEqual(value, { ...validOrder, items: [{ sku: 'A', quantity: 2, unitPrice: '2.550' }] })
  assert.equal(JSON.stringify(value), canonicalJson(value))
  assertFrozen(value)
  assert.equal(Object.isFrozen(validOrder.items), false)
})

test('every issue is found, not only the first, each with its place, what was expected and what was there', () => {
  const wrong = {
    orderId: 5,
    items: [{ sku: '', quantity: '3', unitPrice: '1.2345' }, null, { sku: 'B', quantity: 0 }],
    note: null,
    costumerId: 'c1',
  }
  assert.deepEqual(issuesOf(order, wrong), [
    'customerId: expected string, got nothing',
    'items[0].quantity: expected int, got "3"',
    'items[0].sku: expected string of at least 1 character, got ""',
    'items[0].unitPrice: expected decimal(12, 3) (text such as "12.500"), got "1.2345"',
    'items[1]: expected Item: a plain object, got null',
    'items[2].quantity: expected int of at least 1, got 0',
    'items[2].unitPrice: expected decimal(12, 3) (text such as "12.500"), got nothing',
    'note: expected string, got null',
    'orderId: expected string, got 5',
    'costumerId: expected one of "customerId", "items", "note", "orderId", got an unknown field',
  ])
})

test('a value that is no object is one issue of the whole', () => {
  for (const value of [null, undefined, 'text', 5, [], new Map(), new Date(0), () => 1]) {
    assert.deepEqual(issuesOf(order, value).length, 1)
  }
  assert.deepEqual(issuesOf(order, []), ['the whole value: expected a plain object, got an array of 0'])
})

test('personal data never reaches a message', () => {
  const Address = t.record('Address', { city: t.enum('Bath'), zip: t.string().pattern(/^\d+$/) })
  const person = { name: t.string().max(3).pii(), address: Address.pii() }
  const lines = issuesOf(person, { name: 'Ada Lovelace', address: { city: 'Paris', zip: 'secret' } }).join('\n')
  assert.equal(/Ada|Paris|secret/.test(lines), false, lines)
  assert.match(lines, /name: expected string of at most 3 characters, got a text of 12 characters/)
})

test('a hostile list of wrong items costs a bounded number of issues', () => {
  const result = compile(t.array(t.int())).parse(Array.from({ length: 100_000 }, () => 'x'))
  assert.equal(!result.ok && result.issues.length, 1000)
  assert.match(describeIssues(result.ok ? [] : result.issues), /… and 980 more$/)
})

test('hostile keys are ordinary keys: no prototype is touched and nothing inherited is read', () => {
  const hostile = parseJson('{"__proto__":{"admin":true},"constructor":1,"toString":2}')
  assert.deepEqual(issuesOf({ constructor: t.int(), toString: t.int() }, hostile).length, 1)
  assert.deepEqual(issuesOf({ constructor: t.int() }, {}), ['constructor: expected int, got nothing'])
  const map = valueOf(t.map(t.json()), hostile) as Record<string, unknown> & { admin?: boolean }
  assert.equal(map.admin, undefined)
  assert.deepEqual(Object.keys(map), ['__proto__', 'constructor', 'toString'])
  assert.equal(canonicalJson(map), '{"__proto__":{"admin":true},"constructor":1,"toString":2}')
  assert.equal(canonicalJson(valueOf(t.json(), hostile)), canonicalJson(hostile))
  assert.deepEqual(issuesOf(t.union('kind', { a: t.record('A', {}) }), { kind: '__proto__' }), [
    'kind: expected "a", got "__proto__"',
  ])
})

test('keys of maps and of free JSON must be storable', () => {
  for (const shape of [t.map(t.int()), t.json()]) {
    assert.match(issuesOf(shape, { 'a\u0000': 1 })[0]!, /expected text without U\+0000/)
    assert.match(issuesOf(shape, { '\ud800': 1 })[0]!, /lone surrogate/)
  }
})

test('free JSON refuses what JSON cannot hold and nesting beyond 64 levels', () => {
  for (const value of [NaN, 5n, new Date(0), [undefined], { a: () => 1 }, Symbol('s')]) {
    assert.equal(issuesOf(t.json(), value).length, 1)
  }
  let deep: unknown = []
  for (let level = 1; level < 64; level++) deep = [deep]
  assert.deepEqual(valueOf(t.json(), deep), deep)
  assert.match(issuesOf(t.json(), [deep])[0]!, /expected JSON nested at most 64 deep/)
  for (let level = 0; level < 50_000; level++) deep = [deep]
  assert.equal(issuesOf(t.json(), deep).length, 1)
})

test('stored data keeps fields that the schema does not know, as they are', () => {
  const items = [{ ...validOrder.items[0], more: true }]
  const stored = { ...validOrder, future: { b: [1, { y: 1 }], a: null }, items }
  assert.equal(compile(order).parse(stored).ok, false)
  const result = compile(order).parseStored(stored)
  assert.ok(result.ok)
  assert.deepEqual(result.value, { ...stored, items: [{ sku: 'A', quantity: 2, unitPrice: '2.550', more: true }] })
  assertFrozen(result.value)
})

test('absent, undefined and null: optional, nullable and default', () => {
  const shape = {
    a: t.int().optional(),
    b: t.int().nullable(),
    c: t.int().default(3),
    d: t.int().nullable().default(null),
    e: t.bytes().default(Uint8Array.of(1)),
  }
  assert.deepEqual(valueOf(shape, { b: null }), { b: null, c: 3, d: null, e: Uint8Array.of(1) })
  const given = { a: undefined, b: 1, c: undefined, d: 4 }
  assert.deepEqual(valueOf(shape, given), { b: 1, c: 3, d: 4, e: Uint8Array.of(1) })
  assert.deepEqual(issuesOf(shape, { a: null, c: null }), [
    'a: expected int, got null',
    'b: expected int, got nothing',
    'c: expected int, got null',
  ])
  const [one, two] = [valueOf(shape, { b: 1 }), valueOf(shape, { b: 1 })] as { e: Uint8Array }[]
  one!.e[0] = 9
  assert.equal(two!.e[0], 1)
})

test('bytes are copied, so neither side sees the other change', () => {
  const given = Buffer.from('abc')
  const result = valueOf(t.bytes(), given) as Uint8Array
  given[0] = 0
  assert.deepEqual(result, new TextEncoder().encode('abc'))
  assert.equal(Object.getPrototypeOf(result), Uint8Array.prototype)
})

test('a union takes the record that its tag names and nothing else', () => {
  const Card = t.record('Card', { last4: t.string().length(4) })
  const Payment = t.union('kind', { card: Card, cash: t.record('Cash', {}) })
  assert.deepEqual(valueOf(Payment, { kind: 'card', last4: '1234' }), { kind: 'card', last4: '1234' })
  assert.deepEqual(valueOf(Payment, { kind: 'cash' }), { kind: 'cash' })
  assert.deepEqual(issuesOf(Payment, { kind: 'cash', last4: '1234' }), ['last4: expected "kind", got an unknown field'])
  assert.deepEqual(issuesOf(Payment, { kind: 'cheque' }), ['kind: expected one of "card", "cash", got "cheque"'])
  assert.deepEqual(issuesOf(Payment, {}), ['kind: expected one of "card", "cash", got nothing'])
  assert.deepEqual(issuesOf(Payment, { kind: 'card', last4: '1' }), [
    'last4: expected string of exactly 4 characters, got "1"',
  ])
})

test('constraints hold at their bounds and not beyond', () => {
  const cases: readonly [shape: Schema, good: readonly unknown[], bad: readonly unknown[]][] = [
    [t.string().min(2).max(3), ['ab', 'abc'], ['a', 'abcd']],
    [t.string().pattern(/^[a-z]+$/), ['abc'], ['', 'aBc', 'abc\n']],
    [t.int().min(-1).max(1), [-1, 1], [-2, 2]],
    [t.double().max(0.5), [0.5, -9], [0.51, Infinity, NaN]],
    [t.float().min(0.1), [0.2], [0.09]],
    [t.long().min(0n), [0n, 2n ** 63n - 1n], [-1n, 2n ** 63n, 1]],
    [t.decimal(6, 2).min('0.01').max('10'), ['0.01', '10.00', '9.99'], ['0', '10.01', '-1']],
    [t.bytes().length(2), [Uint8Array.of(1, 2)], [Uint8Array.of(1), 'ab']],
    [t.array(t.long()).min(1).max(2), [[1n], [1n, 1n]], [[], [1n, 2n, 3n]]],
    [t.array(t.bytes()).unique(), [[Uint8Array.of(1), Uint8Array.of(2)]], [[Uint8Array.of(1), Uint8Array.of(1)]]],
    [t.array(t.decimal(4, 2)).unique(), [['1', '2']], [['1', '1.0']]],
    [t.map(t.int()).min(1).max(1), [{ a: 1 }], [{}, { a: 1, b: 2 }]],
  ]
  for (const [shape, good, bad] of cases) {
    for (const value of good) assert.equal(issuesOf(shape, value).length, 0, describeIssues(issues(shape, value)))
    for (const value of bad) assert.equal(issuesOf(shape, value).length, 1, String(value))
  }
})

type Golden = Readonly<Record<string, readonly (readonly [given: unknown, canonical: unknown])[]>>
const golden = JSON.parse(readFileSync(new URL('../golden/values.json', import.meta.url), 'utf8')) as Golden
const goldenFields: Readonly<Record<string, Schema>> = {
  'decimal(12, 3)': t.decimal(12, 3),
  'decimal(4, 0)': t.decimal(4, 0),
  'decimal(2, 2)': t.decimal(2, 2),
  timestamp: t.timestamp(),
  date: t.date(),
  duration: t.duration(),
  uuid: t.uuid(),
  int: t.int(),
  float: t.float(),
  double: t.double(),
  boolean: t.boolean(),
  string: t.string(),
}
for (const [name, pairs] of Object.entries(golden)) {
  test(`the canonical values of ${name} never change`, () => {
    for (const [given, canonical] of pairs) {
      const result = compile(goldenFields[name]!).parse(given)
      const message = `${JSON.stringify(given)} ${JSON.stringify(result)}`
      assert.ok(Object.is(result.ok ? result.value : null, canonical), message)
    }
  })
}

test('any value of any shape survives JSON and back, and parsing it again changes nothing', () => {
  fc.assert(
    fc.property(anyFields, fc.integer(), (fields, seed) => {
      const { node, parse, parseStored } = compile(fields)
      const value = sample(node, seeded(seed))
      const codec = nodeCodec(node)
      const json = codec === null ? value : codec.encode(value)
      const back = parseJson(canonicalJson(json))
      for (const result of [parse(value), parse(codec === null ? back : codec.decode(back)), parseStored(value)]) {
        assert.ok(result.ok)
        assert.deepEqual(result.value, value)
        assertFrozen(result.value)
      }
    }),
    { numRuns: 300 },
  )
})

test('whatever is thrown at a shape gives a value that can be stored or issues, never an exception', () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true })
  fc.assert(
    fc.property(anyFields, anything, fc.integer(), (fields, hostile, seed) => {
      const { node, parse } = compile(fields)
      const valid = sample(node, seeded(seed)) as Record<string, unknown>
      const names = Object.keys(valid)
      const place = names[Math.abs(seed) % Math.max(1, names.length)] ?? 'x'
      for (const value of [hostile, { ...valid, [place]: hostile }, { ...valid, stranger: hostile }]) {
        const result = parse(value)
        if (result.ok) canonicalJson(nodeCodec(node)?.encode(result.value) ?? result.value)
        else assert.ok(result.issues.length > 0 && describeIssues(result.issues).length > 0)
      }
    }),
    { numRuns: 300 },
  )
})

function issues(shape: Shape, value: unknown): Parameters<typeof describeIssues>[0] {
  const result = compile(shape).parse(value)
  return result.ok ? [] : result.issues
}

function issuesOf(shape: Shape, value: unknown): readonly string[] {
  const found = issues(shape, value)
  return found.length === 0 ? [] : describeIssues(found).split('\n')
}

function valueOf(shape: Shape, value: unknown): unknown {
  const result = compile(shape).parse(value)
  assert.ok(result.ok, result.ok ? '' : describeIssues(result.issues))
  return result.value
}

function assertFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
  assert.ok(Object.isFrozen(value))
  for (const member of Object.values(value)) assertFrozen(member)
}
