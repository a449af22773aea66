import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { event, isEventwrightError, t } from 'eventwright'
import { openProtobuf } from '../../../src/adapters/protobuf/codec.ts'
import type { Fields } from '../../../src/schema/field.ts'
import { shapeNode } from '../../../src/schema/shape.ts'
import { driverType, jsonSample, protobufOf, protobufVersions } from '../../fixtures/protobuf-schema.ts'
import { anyFields, seeded } from '../../schema/arbitrary-shape.ts'

const codec = await openProtobuf()

test('every value of every declaration comes back, and the driver reads the same bytes by the text', () => {
  fc.assert(
    fc.property(anyFields, fc.integer(), (fields: Fields, seed) => {
      const schema = protobufOf(fields)
      const node = shapeNode(fields)
      const type = driverType(schema)
      const random = seeded(seed)
      for (let round = 0; round < 5; round++) {
        const json = jsonSample(node, random)
        const bytes = codec.encode(schema, json)
        assert.deepEqual(codec.decode(schema, undefined, bytes), json)
        assert.deepEqual(codec.decode(schema, schema.text, bytes), json)
        const message = bytes.subarray(1)
        assert.deepEqual(Buffer.from(type.encode(type.decode(message)).finish()), Buffer.from(message))
      }
    }),
    { numRuns: 120 },
  )
})

const Item = t.record('Item', { sku: t.string(), quantity: t.int() })

test('bytes of an older version are read with that version, and its upcaster brings them to today', () => {
  const placed = event('Placed', { id: t.string(), total: t.decimal(12, 2) }).next(
    { id: t.string(), total: t.record('Money', { amount: t.decimal(12, 2), currency: t.string() }) },
    ({ id, total }) => ({ id, total: { amount: total, currency: 'GBP' } }),
  )
  const [first, second] = protobufVersions(
    placed.versions.map(({ node }) => ({
      '~standard': { version: 1, vendor: 'eventwright', validate: () => ({}) },
      node,
    })),
    'Placed',
  )
  const bytes = codec.encode(first!, { id: 'a', total: '1.50' })
  assert.deepEqual(placed.decode(1, codec.decode(first!, first!.text, bytes)), {
    id: 'a',
    total: { amount: '1.50', currency: 'GBP' },
  })
  // Read with the wrong version: its number is another one, so nothing is taken for something else.
  assert.throws(
    () => codec.decode(second!, first!.text, bytes),
    (error) => isEventwrightError(error, 'EW_MESSAGE_UNREADABLE') && /Placed\.total/.test(error.message),
  )
})

test('a field that a newer version has added is an error, absent or its default for messages of an older writer', () => {
  const [older, required, optional, fallback, inside] = protobufVersions([
    { id: t.string(), item: Item },
    { id: t.string(), item: Item, count: t.int() },
    { id: t.string(), item: Item, count: t.int().optional(), note: t.string().nullable() },
    { id: t.string(), item: Item, count: t.int().default(3), tags: t.array(t.string()).default(['x']) },
    { id: t.string(), item: t.record('Item', { sku: t.string(), quantity: t.int(), weight: t.double() }) },
  ])
  const json = { id: 'a', item: { sku: 's', quantity: 0 } }
  const bytes = codec.encode(older!, json)
  assert.deepEqual(codec.decode(optional!, older!.text, bytes), { ...json, note: null })
  assert.deepEqual(codec.decode(fallback!, older!.text, bytes), { ...json, count: 3, tags: ['x'] })
  for (const [schema, field] of [
    [required!, 'Message.count'],
    [inside!, 'Message.Item.weight'],
  ] as const) {
    assert.throws(
      () => codec.decode(schema, older!.text, bytes),
      (error) =>
        isEventwrightError(error, 'EW_MESSAGE_UNREADABLE') && error.message.includes(`${field} is not in the schema`),
    )
  }
  // Nobody says who wrote it: Protobuf's zero is all that can be known.
  assert.deepEqual(codec.decode(required!, undefined, bytes), { ...json, count: 0 })
})

test('a field that the reader does not know is passed over', () => {
  const [older, newer] = protobufVersions([
    { id: t.string(), item: Item },
    { id: t.string(), item: Item, count: t.int(), more: t.array(Item), note: t.string().optional() },
  ])
  const json = { id: 'a', item: { sku: 's', quantity: 1 } }
  const bytes = codec.encode(newer!, { ...json, count: 7, more: [json.item], note: 'n' })
  assert.deepEqual(codec.decode(older!, newer!.text, bytes), json)
})

test('a number of an enum that the reader does not know is an error that names the field', () => {
  const [older, newer] = protobufVersions([
    { status: t.enum('new'), all: t.array(t.enum('new')) },
    { status: t.enum('new', 'sent'), all: t.array(t.enum('new', 'sent')) },
  ])
  for (const json of [
    { status: 'sent', all: [] },
    { status: 'new', all: ['new', 'sent'] },
  ]) {
    assert.throws(
      () => codec.decode(older!, newer!.text, codec.encode(newer!, json)),
      (error) =>
        isEventwrightError(error, 'EW_MESSAGE_UNREADABLE') &&
        /Message\.(status|all) has the number 2/.test(error.message),
    )
  }
})

test('an enum with a default takes it for a number that it does not know', () => {
  const [older, newer] = protobufVersions([
    { status: t.enum('new').default('new') },
    { status: t.enum('new', 'sent').default('new') },
  ])
  assert.deepEqual(codec.decode(older!, newer!.text, codec.encode(newer!, { status: 'sent' })), { status: 'new' })
})

test('a field may become wider without another number, and a value that does not fit the narrow one is refused', () => {
  const [narrow, wide] = protobufVersions([{ count: t.int() }, { count: t.long() }])
  assert.deepEqual(codec.decode(wide!, narrow!.text, codec.encode(narrow!, { count: -5 })), { count: '-5' })
  assert.deepEqual(codec.decode(narrow!, wide!.text, codec.encode(wide!, { count: '-5' })), { count: -5 })
  assert.throws(
    () => codec.decode(narrow!, wide!.text, codec.encode(wide!, { count: '2147483648' })),
    (error) => isEventwrightError(error, 'EW_MESSAGE_UNREADABLE'),
  )
})

test('the message is found by the place that its writer says, also without a word of it', () => {
  const schema = protobufOf({ id: t.string() })
  const bytes = codec.encode(schema, { id: 'abc' })
  const text = `syntax = "proto3"; package shop;
    message Other { string x = 1; message Message { string id = 1; } } message Message { string id = 1; }`
  const body = [...bytes.subarray(1)]
  for (const index of [
    [2, 2],
    [4, 0, 0],
  ]) {
    assert.deepEqual(codec.decode(schema, text, Uint8Array.from([...index, ...body])), { id: 'abc' })
  }
  assert.throws(
    () => codec.decode(schema, text, Uint8Array.from([0, ...body])),
    (error) => isEventwrightError(error, 'EW_MESSAGE_UNREADABLE'),
  )
  assert.deepEqual(codec.decode(schema, schema.text, Uint8Array.from(body)), { id: 'abc' })
  assert.deepEqual(codec.decode(schema, schema.text, Uint8Array.from([2, 0, ...body])), { id: 'abc' })
})

test('what the declaration does not have is refused when it is written', () => {
  const schema = protobufOf({ id: t.string(), n: t.int(), at: t.timestamp(), pay: t.union('kind', { item: Item }) })
  const json = { id: 'a', n: 1, at: '2026-01-31T09:30:00.000Z', pay: { kind: 'item', sku: '', quantity: 0 } }
  assert.deepEqual(codec.decode(schema, undefined, codec.encode(schema, json)), json)
  for (const [change, name] of [
    [{ more: 1 }, 'a field more'],
    [{ id: undefined }, 'Message.id is absent'],
    [{ id: null }, 'Message.id must be text'],
    [{ n: 1.5 }, 'Message.n must be'],
    [{ n: 2 ** 31 }, 'Message.n must be'],
    [{ at: 'now' }, 'Message.at must be'],
    [{ pay: { kind: 'other' } }, 'Message.Pay must be'],
    [{ pay: { kind: 'item', sku: '', quantity: 0, x: 1 } }, 'a field x'],
  ] as const) {
    assert.throws(
      () => codec.encode(schema, { ...json, ...change }),
      (error) => isEventwrightError(error, 'EW_MESSAGE_UNWRITABLE') && error.message.includes(name),
      name,
    )
  }
})
