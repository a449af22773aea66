import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RegistryClient } from '../../../src/adapters/schema-registry/client.ts'
import { schemaRegistry } from '../../../src/adapters/schema-registry/index.ts'
import { settingsOf } from '../../../src/adapters/schema-registry/settings.ts'
import { isEventwrightError } from '../../../src/base/errors.ts'
import type { EncodedMessage, MessageCodec } from '../../../src/ports/message-codec.ts'
import { confluentFrame } from '../../../src/schema/confluent-frame.ts'
import { registryDouble } from '../../fixtures/registry-double.ts'
import { seeded } from '../../schema/arbitrary-shape.ts'
import { dataV1, dataV2, ordersIn, partsOf, placed, PlacedV2 } from './orders.fixture.ts'

const rounds = 4_000
/** More than the JSON of any of these messages grows by, field names included. */
const growth = 64

/** Reads bytes: what comes of them is a message or EW_MESSAGE_UNREADABLE, never anything else. */
async function outcome(codec: MessageCodec, message: EncodedMessage): Promise<'read' | 'unreadable'> {
  try {
    const { value, headers } = await codec.decode(message)
    JSON.parse(value)
    JSON.parse(headers)
    assert.ok(value.length <= 1_000 + growth * message.value.length, `${value.length} of ${message.value.length}`)
    return 'read'
  } catch (error) {
    if (isEventwrightError(error, 'EW_MESSAGE_UNREADABLE')) return 'unreadable'
    throw error
  }
}

for (const format of ['avro', 'protobuf'] as const) {
  test(`${format}: random bytes, cut ones and flipped bits are messages or unreadable, in bounded memory`, async (t) => {
    const double = await registryDouble(t)
    const { channels, numbers } = partsOf(ordersIn(format, PlacedV2 as never))
    const codec = await schemaRegistry(double.url).open(channels, { numbers })
    const whole = [await codec.encode(placed('o1', dataV1)), await codec.encode(placed('o1', dataV2, 2))]
    const random = seeded(format.length * 7919)
    const below = (end: number): number => Math.floor(random() * end)
    const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256))
    const counts = { read: 0, unreadable: 0 }
    const before = process.memoryUsage().rss
    for (let n = 0; n < rounds; n++) {
      const message = whole[n % 2]!
      const good = message.value
      let value: Uint8Array
      switch (n % 4) {
        case 0:
          value = good.subarray(0, below(good.length))
          break
        case 1: {
          value = Uint8Array.from(good)
          for (let flips = 1 + below(4); flips > 0; flips--) value[5 + below(value.length - 5)]! ^= 1 << below(8)
          break
        }
        case 2: {
          // Counts and lengths beyond anything: varints of 0xff in the middle.
          const at = 5 + below(good.length - 5)
          value = Uint8Array.from([
            ...good.subarray(0, at),
            ...Array<number>(1 + below(9)).fill(0xff),
            0x7f,
            ...good.subarray(at),
          ])
          break
        }
        default:
          value = Uint8Array.from([...good.subarray(0, 5), ...bytes(below(200))])
      }
      counts[await outcome(codec, { ...message, value })]++
    }
    for (let n = 0; n < 200; n++) counts[await outcome(codec, { ...whole[0]!, value: bytes(below(100)) })]++
    assert.ok(counts.unreadable > rounds / 3, JSON.stringify(counts))
    assert.ok(process.memoryUsage().rss - before < 300 * 1024 * 1024)
    assert.equal(await outcome(codec, whole[0]!), 'read')
  })
}

test('a writer whose schema is hostile makes its messages unreadable and nothing worse', async (t) => {
  const double = await registryDouble(t)
  const { channels, numbers } = partsOf(ordersIn('avro'))
  const codec = await schemaRegistry(double.url).open(channels, { numbers })
  const client = new RegistryClient(settingsOf(double.url, {}))
  const message = await codec.encode(placed('o1', dataV1))
  const record = (fields: readonly unknown[]) =>
    JSON.stringify({ type: 'record', name: 'OrderPlaced', namespace: 'orders', fields })
  const chain = { type: 'record', name: 'Chain', fields: [{ name: 'next', type: ['null', 'Chain'] }] }
  const hostile: readonly [string, Uint8Array][] = [
    ['{', Uint8Array.of(1)],
    ['"string"', Uint8Array.of(2, 65)],
    [record([{ name: 'a', type: 'nowhere' }]), Uint8Array.of(1)],
    [record([{ name: 'a', type: chain }]), new Uint8Array(900_000).fill(2)],
    [record([{ name: 'a', type: { type: 'array', items: 'null' } }]), Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0x0f, 0)],
    [record([{ name: 'a', type: { type: 'fixed', name: 'F', size: 2 ** 40 } }]), Uint8Array.of(1)],
    [record([{ name: '__proto__', type: 'string' }]), Uint8Array.of(2, 65)],
    [`${'{"type":"array","items":'.repeat(150)}"int"${'}'.repeat(150)}`, Uint8Array.of(2)],
  ]
  for (const [schema, payload] of hostile) {
    const id = await client.register('x', { schemaType: 'AVRO', schema })
    const value = confluentFrame(id, payload)
    assert.equal(await outcome(codec, { ...message, value }), 'unreadable', schema.slice(0, 100))
  }
  for (const schema of [
    '',
    'message',
    'syntax = "proto3"; message OrderPlaced { Lost a = 1; }',
    `message ${'{'.repeat(5000)}`,
  ]) {
    const id = await client.register('y', { schemaType: 'PROTOBUF', schema })
    const value = confluentFrame(id, Uint8Array.of(0, 10, 1, 65))
    assert.equal(await outcome(codec, { ...message, value }), 'unreadable', schema.slice(0, 100))
  }
  const json = await client.register('z', { schemaType: 'JSON', schema: '{}' })
  const deep = Buffer.from('['.repeat(100_000))
  assert.equal(await outcome(codec, { ...message, value: confluentFrame(json, deep) }), 'unreadable')
  assert.equal(await outcome(codec, message), 'read')
  assert.equal(({} as { a?: unknown }).a, undefined)
})

test('a schema that is made of others is not read, and the message says so', async (t) => {
  const double = await registryDouble(t)
  const { channels, numbers } = partsOf(ordersIn('avro'))
  const codec = await schemaRegistry(double.url).open(channels, { numbers })
  const message = await codec.encode(placed('o1', dataV1))
  const references = [{ name: 'orders.Line', subject: 'line', version: 1 }]
  const schema =
    '{"type":"record","name":"OrderPlaced","namespace":"orders","fields":[{"name":"a","type":"orders.Line"}]}'
  double.faults.push((response) => void response.writeHead(200).end(JSON.stringify({ schema, references })))
  await assert.rejects(codec.decode({ ...message, value: confluentFrame(77, Uint8Array.of(2, 65)) }), {
    code: 'EW_MESSAGE_UNREADABLE',
    message: /its schema 77 refers to others, which are not read/,
  })
})
