import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { compile } from '../../src/schema/compile.ts'
import type { Schema, Shape } from '../../src/schema/field.ts'
import { schemaHash } from '../../src/schema/hash.ts'
import { describeIssues } from '../../src/schema/issue.ts'
import { shapeNode } from '../../src/schema/shape.ts'
import { t } from '../../src/schema/t.ts'

const Order = z.object({ orderId: z.string(), tags: z.array(z.string()).default([]), note: z.string().optional() })

test('a zod schema is a whole message, a field, an item and an optional field', () => {
  assert.deepEqual(parsed(Order, { orderId: 'o1' }), { orderId: 'o1', tags: [] })
  const shape = { mail: z.email(), list: t.array(Order), maybe: t.optional(z.int()), missing: z.string().optional() }
  assert.deepEqual(parsed(shape, { mail: 'a@b.io', list: [{ orderId: 'o1', note: 'n' }] }), {
    mail: 'a@b.io',
    list: [{ orderId: 'o1', tags: [], note: 'n' }],
  })
})

test('its issues come with their place and its own words', () => {
  const result = compile({ orders: t.array(Order) }).parse({ orders: [{ orderId: 1, tags: ['a', 2] }] })
  assert.ok(!result.ok)
  const lines = describeIssues(result.issues)
  assert.match(lines, /^orders\[0\]\.orderId: .*string/)
  assert.match(lines, /^orders\[0\]\.tags\[1\]: .*string/m)
})

test('its output is frozen and keeps keys such as __proto__ out of the prototype', () => {
  const value = parsed(z.record(z.string(), z.json()), JSON.parse('{"b":[1],"a":{"x":1}}')) as { a: object; b: object }
  assert.ok(Object.isFrozen(value) && Object.isFrozen(value.a) && Object.isFrozen(value.b))
})

test('personal data is masked in its issues too', () => {
  const result = compile({ who: t.nullable(z.enum(['x'])).pii() }).parse({ who: 'Ada' })
  assert.ok(!result.ok)
  assert.equal(describeIssues(result.issues), 'who: expected what the zod schema accepts, got a text of 3 characters')
})

test('a stored value is not transformed a second time', () => {
  const shape = { name: z.string().transform((name) => `${name}!`) }
  assert.deepEqual(parsed(shape, { name: 'a' }), { name: 'a!' })
  const again = compile(shape).parseStored({ name: 'a!' })
  assert.deepEqual(again.ok && again.value, { name: 'a!' })
})

const unusable: readonly [what: string, schema: () => Schema][] = [
  ['a date', () => z.date()],
  ['a date inside', () => z.object({ at: z.array(z.date()) })],
  ['a bigint', () => z.bigint()],
  ['a map', () => z.map(z.string(), z.string())],
  ['a set', () => z.set(z.string())],
  ['a coerced date', () => z.coerce.date()],
  ['an asynchronous check', () => z.string().refine(async () => true)],
]
for (const [what, schema] of unusable) {
  test(`${what} is refused when the shape is composed`, () => {
    assert.throws(() => compile({ field: schema() }), { code: 'EW_SCHEMA_FOREIGN' })
    assert.throws(() => compile(schema()), { code: 'EW_SCHEMA_FOREIGN' })
  })
}

test('what hides its nature until it meets a value is refused then, with the place', () => {
  const late = { at: standard((value) => (value === 'go' ? { value: { deep: [new Date(0)] } } : { value: 1 })) }
  assert.throws(() => compile(late).parse({ at: 'go' }), { code: 'EW_SCHEMA_FOREIGN', message: /a Date at deep\[0\]/ })
  const later = { at: standard((value) => (value === 'go' ? Promise.reject(new Error('lost')) : { value: 1 })) }
  assert.throws(() => compile(later).parse({ at: 'go' }), { code: 'EW_SCHEMA_FOREIGN', message: /promise/ })
})

test('text that cannot be stored is an issue of the value, not a fault of the schema', () => {
  const result = compile({ a: z.string() }).parse({ a: '\u0000' })
  assert.equal(
    !result.ok && describeIssues(result.issues),
    'a: expected text without U+0000 and lone surrogates, ' + 'got a text with U+0000 at index 0',
  )
})

test('what is no schema at all is refused', () => {
  for (const protocol of [null, 5, {}, { version: 2, vendor: 'x', validate: () => ({ value: 1 }) }]) {
    assert.throws(() => compile({ '~standard': protocol } as unknown as Schema), { code: 'EW_DESIGN' })
  }
})

test('the hash of a foreign schema follows its structure and not its words', () => {
  const hash = (schema: Schema): string => schemaHash(shapeNode({ a: schema }))
  assert.equal(hash(z.object({ x: z.string() })), hash(z.object({ x: z.string().describe('words') })))
  assert.notEqual(hash(z.object({ x: z.string() })), hash(z.object({ x: z.number() })))
  assert.notEqual(hash(z.object({ x: z.string() })), hash(z.object({ y: z.string() })))
})

test('fields of t serve as Standard Schema in the hands of others', () => {
  const field = t.record('Item', { sku: t.string(), price: t.decimal(5, 2) })['~standard']
  assert.equal(field.version, 1)
  assert.equal(field.vendor, 'eventwright')
  assert.deepEqual(field.validate({ sku: 'a', price: '1' }), { value: { sku: 'a', price: '1.00' } })
  assert.deepEqual(field.validate({ sku: 1, price: '1' }), {
    issues: [{ message: 'expected string, got 1', path: ['sku'] }],
  })
})

function standard(validate: (value: unknown) => unknown): Schema {
  return { '~standard': { version: 1, vendor: 'late', validate } }
}

function parsed(shape: Shape, value: unknown): unknown {
  const result = compile(shape).parse(value)
  assert.ok(result.ok, result.ok ? '' : describeIssues(result.issues))
  return result.value
}
