import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Shape } from '../../src/schema/field.ts'
import { schemaHash, schemaText } from '../../src/schema/hash.ts'
import { shapeNode } from '../../src/schema/shape.ts'
import { t } from '../../src/schema/t.ts'

const Item = t.record('Item', { sku: t.string(), quantity: t.int(), unitPrice: t.decimal(12, 3) })
const shapes: Readonly<Record<string, Shape>> = {
  empty: {},
  order: { orderId: t.string(), customerId: t.string().pii(), items: t.array(Item), totalAmount: t.decimal(12, 3) },
  everything: {
    string: t.string().min(1).max(9).pattern(/^a/),
    uuid: t.uuid(),
    int: t.int().min(0),
    long: t.long().max(5n),
    float: t.float(),
    double: t.double().max(1.5),
    boolean: t.boolean(),
    bytes: t.bytes().length(3),
    decimal: t.decimal(9, 2).min('0'),
    timestamp: t.timestamp(),
    date: t.date(),
    duration: t.duration().default('60s'),
    enum: t.enum('b', 'a'),
    literal: t.literal(null),
    array: t.array(t.long()).unique(),
    map: t.map(Item),
    json: t.json(),
    union: t.union('kind', { b: t.record('B', {}), a: t.record('A', { x: t.int() }) }),
    optional: t.int().optional(),
    nullable: t.int().nullable(),
    defaulted: t.long().default(7n),
  },
  whole: Item,
}

interface Golden {
  readonly [name: string]: { readonly hash: string; readonly text: string }
}
const golden = JSON.parse(readFileSync(new URL('../golden/values-schemas.json', import.meta.url), 'utf8')) as Golden

test('the text and the hash of a shape never change', () => {
  const now = Object.entries(shapes).map(([name, shape]) => {
    const node = shapeNode(shape)
    return [name, { hash: schemaHash(node), text: schemaText(node) }]
  })
  assert.deepEqual(Object.fromEntries(now), golden)
})

const hash = (shape: Shape): string => schemaHash(shapeNode(shape))

test('what does not change the stored JSON does not change the hash', () => {
  assert.equal(hash({ a: t.int(), b: t.string() }), hash({ b: t.string(), a: t.int() }))
  assert.equal(hash({ a: t.string().pii().describe('d').alias('x').number(3) }), hash({ a: t.string() }))
  assert.equal(hash({ a: t.enum('x', 'y') }), hash({ a: t.enum('y', 'x') }))
})

test('everything else does', () => {
  const different: readonly Shape[] = [
    { a: t.int() },
    { b: t.int() },
    { a: t.long() },
    { a: t.int().optional() },
    { a: t.int().nullable() },
    {},
    { a: t.int().default(1) },
    { a: t.int().default(2) },
    { a: t.int().min(1) },
    { a: t.int().max(1) },
    { a: t.string() },
    { a: t.decimal(5, 2) },
    { a: t.decimal(6, 2) },
    { a: t.decimal(5, 3) },
    { a: t.array(t.int()) },
    { a: t.map(t.int()) },
    { a: t.array(t.int()).unique() },
    { a: t.enum('x') },
    { a: t.enum('y') },
    { a: t.literal('x') },
    { a: t.literal(1) },
    { a: t.record('R', {}) },
    { a: t.record('S', {}) },
    { a: t.record('R', { x: t.int() }) },
    { a: t.string().pattern(/a/) },
    { a: t.union('k', { x: t.record('R', {}) }) },
    { a: t.union('l', { x: t.record('R', {}) }) },
    { a: t.union('k', { y: t.record('R', {}) }) },
    t.record('R', { a: t.int() }),
  ]
  assert.equal(new Set(different.map(hash)).size, different.length)
})
