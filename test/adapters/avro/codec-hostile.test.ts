import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { Worker } from 'node:worker_threads'
import { isEventwrightError } from '../../../src/base/errors.ts'
import { openAvro } from '../../../src/adapters/avro/codec.ts'
import { avroSchema } from '../../../src/schema/avro/schema.ts'
import { shapeNode } from '../../../src/schema/shape.ts'
import { t } from '../../../src/schema/t.ts'
import type { HostileCounts } from '../../fixtures/hostile-avro-worker.ts'

const avro = await openAvro()
const order = avroSchema(
  'Order',
  shapeNode({
    id: t.uuid(),
    total: t.decimal(9, 2),
    at: t.timestamp(),
    lines: t.array(t.record('Line', { sku: t.string(), qty: t.long() })),
    labels: t.map(t.double()),
    state: t.enum('open', 'done'),
    paid: t.boolean(),
    note: t.string().optional(),
    pay: t.union('kind', { card: t.record('Card', { fee: t.int() }), cash: t.record('Cash', {}) }).nullable(),
  }),
)
const json = {
  id: '6f6b0d3e-9f9a-4b1c-8f4e-0d6a3b8f7c11',
  total: '12.50',
  at: '2026-01-31T09:30:00.000Z',
  lines: [
    { sku: 'a', qty: '5' },
    { sku: 'ü', qty: '-9007199254740993' },
  ],
  labels: { x: 0.5 },
  state: 'done',
  paid: true,
  note: 'n',
  pay: { kind: 'card', fee: 300 },
}
const bytes = avro.encode(order, json)
const decode = (value: Uint8Array): unknown => avro.decode(order, order.text, value)
const unreadable = (error: unknown): boolean => isEventwrightError(error, 'EW_MESSAGE_UNREADABLE')

test('bytes that are cut off anywhere are refused, and so are bytes behind the end', () => {
  assert.deepEqual(decode(bytes), json)
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decode(bytes.subarray(0, length)), unreadable, String(length))
  }
  assert.throws(
    () => decode(Uint8Array.of(...bytes, 0)),
    (error) => unreadable(error) && /1 bytes follow after its end/.test((error as Error).message),
  )
})

test('any single byte that is changed gives a value or the one error, and a value is written again as it was read', () => {
  for (let at = 0; at < bytes.length; at++) {
    for (const flip of [0x01, 0x80, 0xff, 0x55]) {
      const changed = Uint8Array.from(bytes)
      changed[at]! ^= flip
      let value: unknown
      try {
        value = decode(changed)
      } catch (error) {
        assert.ok(unreadable(error), `${at} ${String(error)}`)
        continue
      }
      assert.deepEqual(decode(avro.encode(order, value)), value)
    }
  }
})

test('the error says which field, and what about it', () => {
  const rows: readonly (readonly [string, number[], RegExp])[] = [
    ['a', [0x80], /The field a of the Avro value cannot be read: it is cut off/],
    ['a', [0xff, 0xff, 0xff, 0xff, 0xff, 1], /more than 32 bits/],
    ['b', [0, 4, 0x61], /2 bytes are expected, and 1 are left/],
    ['b', [0, 3], /a length is -2/],
    ['b', [0, 2, 0xff], /a text is not UTF-8/],
    ['c', [0, 0, 2, 4], /type of the union 2 of 2 is named/],
    ['c', [0, 0, 0x80, 0x80, 0x80, 0x80, 0x20, 0], /items are announced, and 1 bytes are left/],
    ['c', [0, 0, 1, 0x10, 0], /a block of 8 bytes is cut off/],
    ['c', [0, 0, 1, 4, 0, 0, 0], /a block does not have the bytes that it says/],
    ['d', [0, 0, 0, 2], /a boolean is 2/],
    ['e', [0, 0, 0, 0, 6], /symbol 3 of 1 is named/],
  ]
  const shape = { a: t.int(), b: t.string(), c: t.array(t.int().nullable()), d: t.boolean(), e: t.enum('x') }
  const form = avroSchema('M', shapeNode(shape))
  for (const [field, hostile, problem] of rows) {
    assert.throws(
      () => avro.decode(form, form.text, Uint8Array.from(hostile)),
      (error) =>
        unreadable(error) && problem.test((error as Error).message) && (error as Error).message.includes(field),
      `${field} ${hostile.join(' ')}`,
    )
  }
})

test('blocks with their size are read, as other writers make them', () => {
  const form = avroSchema('M', shapeNode({ f: t.array(t.int()) }))
  assert.deepEqual(avro.decode(form, form.text, Uint8Array.of(3, 4, 2, 4, 2, 6, 0)), { f: [1, 2, 3] })
})

test('hostile bytes and schemas cost no more than their length, and end in the one error', async () => {
  const worker = new Worker(new URL('../../fixtures/hostile-avro-worker.ts', import.meta.url), {
    // Whoever believes a count of the bytes needs more than this.
    resourceLimits: { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 16 },
  })
  const [counts] = (await once(worker, 'message')) as [HostileCounts]
  await worker.terminate()
  assert.deepEqual(counts.other.slice(0, 3), [])
  assert.ok(counts.unreadable > 3000, JSON.stringify(counts))
  assert.deepEqual(counts.good, { f0: [1], f3: '1.0000000000' })
})

test('a schema that is none makes its messages unreadable', () => {
  for (const writer of ['', '{', '"Unknown"', '{"type":"record"}']) {
    assert.throws(() => avro.decode(order, writer, bytes), unreadable, writer)
  }
})
