import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CloudEvent, Kafka } from 'cloudevents'
import { RegistryClient } from '../../../src/adapters/schema-registry/client.ts'
import { schemaRegistry } from '../../../src/adapters/schema-registry/index.ts'
import { settingsOf } from '../../../src/adapters/schema-registry/settings.ts'
import type { EncodedMessage, MessageCodec } from '../../../src/ports/message-codec.ts'
import { registryDouble } from '../../fixtures/registry-double.ts'
import { registryUrl } from '../../fixtures/registry.ts'
import { newId } from '../../../src/base/ids.ts'
import { dataV1, dataV2, ordersIn, partsOf, placed, PlacedV1, PlacedV2 } from './orders.fixture.ts'

const formats = ['avro', 'protobuf'] as const
const contentType = { avro: 'application/avro', protobuf: 'application/protobuf' }

async function open(url: string, design: ReturnType<typeof ordersIn>, options = {}): Promise<MessageCodec> {
  const { channels, numbers } = partsOf(design)
  return schemaRegistry(url, options).open(channels, { numbers })
}

const read = async (codec: MessageCodec, message: EncodedMessage) => {
  const { headers, value } = await codec.decode(message)
  return { headers: JSON.parse(headers) as Record<string, string>, data: JSON.parse(value) as unknown }
}

const places = [
  ['double', undefined],
  ...(registryUrl() === undefined ? [] : [['real', registryUrl()] as const]),
] as const
for (const [place, url] of places) {
  for (const format of formats) {
    test(`${place}, ${format}: what one version writes another one reads, either way`, async (t) => {
      const at = url ?? (await registryDouble(t)).url
      const prefix = newId()
      const subjects = ({ channel, name }: { channel: string; name: string }) => `${prefix}-${channel}-${name}`
      const v1 = await open(at, ordersIn(format), { subjects })
      const v2 = await open(at, ordersIn(format, PlacedV2 as never), { subjects })

      const old = await v1.encode(placed('o1', dataV1))
      assert.equal(old.headers['content-type'], contentType[format])
      assert.equal(old.value[0], 0)
      const back = await read(v1, old)
      assert.deepEqual(back.data, dataV1)
      assert.equal(back.headers['content-type'], 'application/json')
      const upcast = await read(v2, old)
      assert.equal(upcast.headers['ew_schemaversion'], '1')
      const today = PlacedV2.decode(1, upcast.data) as { note?: string; units: bigint }
      assert.deepEqual([today.note, today.units], ['upcast o1', 9007199254740993n])

      const young = await v2.encode(placed('o1', dataV2, 2))
      assert.deepEqual((await read(v2, young)).data, dataV2)
      const behind = await read(v1, young)
      assert.equal(behind.headers['ew_schemaversion'], '1')
      assert.deepEqual(behind.data, dataV1)
      assert.deepEqual((PlacedV1.decode(1, behind.data) as { units: bigint }).units, 9007199254740993n)

      // The second release still writes what the first one has stored.
      assert.deepEqual((await v2.encode(placed('o1', dataV1, 1))).value, old.value)

      const send = { ce_type: 'orders.PlaceOrder', ce_id: 'c', 'content-type': 'application/json' }
      const value = '{"orderId":"o1","units":"5"}'
      const sent = { channel: 'orders.commands', key: 'k', id: 'c', headers: JSON.stringify(send), value }
      const command = await v1.encode(sent)
      assert.equal(command.value[0], 0)
      assert.deepEqual(await v2.decode(command), { headers: sent.headers, value })
    })
  }
}

test('schemas are registered under the names that the strategy gives, oldest first', async (t) => {
  for (const [subjects, expected] of [
    ['topic-record', ['orders-orders.OrderPlaced', 'orders.commands-orders.PlaceOrder']],
    ['record', ['orders.OrderPlaced', 'orders.PlaceOrder']],
    ['topic', ['orders-value', 'orders.commands-value']],
  ] as const) {
    const double = await registryDouble(t)
    await open(double.url, ordersIn('avro', PlacedV2 as never), { subjects })
    const client = new RegistryClient(settingsOf(double.url, {}))
    const versions = await Promise.all(expected.map((subject) => client.versions(subject)))
    assert.deepEqual(versions, [[1, 2], [1]], subjects)
    assert.doesNotMatch((await client.version(expected[0], 1))!.schema, /placedAt/)
  }
})

test('in production nothing is registered: what is missing is named, with what to run', async (t) => {
  const double = await registryDouble(t)
  const closed = { autoRegister: false }
  await assert.rejects(open(double.url, ordersIn('avro'), closed), (error: Error & { code?: string }) => {
    assert.match(error.message, /orders-orders\.OrderPlaced, orders\.commands-orders\.PlaceOrder/)
    assert.match(error.message, /eventwright schemas push/)
    return error.code === 'EW_SCHEMA_UNPUBLISHED'
  })
  assert.ok(double.asked.every((each) => !each.endsWith('/versions')))
  const before = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  t.after(() => {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  })
  await assert.rejects(open(double.url, ordersIn('avro')), { code: 'EW_SCHEMA_UNPUBLISHED' })
  await open(double.url, ordersIn('avro'), { autoRegister: true })
  await open(double.url, ordersIn('avro'))
  // What is only read need not be there.
  const { channels, numbers } = partsOf(ordersIn('avro', PlacedV2 as never))
  const reading = channels.map((channel) => ({ ...channel, written: false }))
  await schemaRegistry(double.url).open(reading, { numbers })
})

test('an id is asked for once, however many messages wait for it, and never again', async (t) => {
  const double = await registryDouble(t)
  const writer = await open(double.url, ordersIn('avro'))
  const message = await writer.encode(placed('o1', dataV1))
  const reader = await open(double.url, ordersIn('avro'))
  double.asked.length = 0
  await Promise.all(Array.from({ length: 50 }, () => reader.decode(message)))
  await reader.decode(message)
  assert.deepEqual(double.asked, [`GET /schemas/ids/${message.value[4]}`])
})

test('an id that comes late is waited for; one that does not is unreadable; a registry that is away is tried again', async (t) => {
  const double = await registryDouble(t)
  const writer = await open(double.url, ordersIn('avro'))
  const message = await writer.encode(placed('o1', dataV1))
  const reader = await open(double.url, ordersIn('avro'))
  const absent = (response: import('node:http').ServerResponse): void =>
    void response.writeHead(404).end('{"error_code":40403,"message":"Schema not found"}')
  double.faults.push(absent, absent)
  assert.deepEqual((await read(reader, message)).data, dataV1)
  const wrong = { ...message, value: Uint8Array.from([0, 0, 0, 9, 9, 1]) }
  await assert.rejects(reader.decode(wrong), { code: 'EW_MESSAGE_UNREADABLE', message: /no schema with the id 2313/ })
  // Many made-up ids do not hold the channel up each.
  const began = performance.now()
  for (let n = 0; n < 20; n++) {
    await assert.rejects(reader.decode({ ...message, value: Uint8Array.from([0, 0, 0, 8, n, 1]) }), {
      code: 'EW_MESSAGE_UNREADABLE',
    })
  }
  assert.ok(performance.now() - began < 5_000)
  const other = await open(double.url, ordersIn('avro'))
  for (let n = 0; n < 4; n++) double.faults.push((response) => void response.writeHead(503).end())
  await assert.rejects(other.decode(message), { code: 'EW_REGISTRY_FAILED', retryable: true })
  assert.deepEqual((await read(other, message)).data, dataV1)
})

test('JSON stays JSON, on its channel and from the time before a channel had schemas', async (t) => {
  const double = await registryDouble(t)
  const json = await open(double.url, ordersIn('json'))
  const message = placed('o1', dataV1)
  const plain = await json.encode(message)
  assert.equal(Buffer.from(plain.value).toString(), message.value)
  const avro = await open(double.url, ordersIn('avro'))
  assert.deepEqual(await avro.decode(plain), { headers: message.headers, value: message.value })
  // And the other way: a reader that is behind its writer.
  assert.deepEqual((await read(json, await avro.encode(message))).data, dataV1)
  await assert.rejects(json.decode({ ...plain, value: Uint8Array.from([0xff]) }), { code: 'EW_MESSAGE_UNREADABLE' })
})

test('a message of a type that the channel is not declared to carry passes as it came', async (t) => {
  const double = await registryDouble(t)
  const codec = await open(double.url, ordersIn('avro'))
  const message = await codec.encode(placed('o1', dataV1))
  const foreign = { ...message, headers: { ...message.headers, ce_type: 'orders.OrderSold' } }
  const { headers, value } = await codec.decode(foreign)
  assert.deepEqual(JSON.parse(headers), foreign.headers)
  assert.equal(JSON.parse(value), Buffer.from(message.value).toString('base64'))
  const nameless = { ...message.headers }
  delete (nameless as Record<string, string>)['ce_type']
  await assert.rejects(codec.decode({ ...message, headers: nameless }), { code: 'EW_MESSAGE_UNREADABLE' })
})

test('what has no such form is refused for good', async (t) => {
  const double = await registryDouble(t)
  const codec = await open(double.url, ordersIn('avro'))
  const whole = placed('o1', dataV1)
  for (const message of [
    { ...whole, headers: '[]' },
    { ...whole, value: '{' },
    { ...whole, value: '{}' },
    placed('o1', dataV1, 3),
    { ...whole, headers: '{"ce_type":"orders.Other","ew_schemaversion":"1"}' },
  ]) {
    await assert.rejects(codec.encode(message), (error: Error & { code?: string; retryable?: boolean }) => {
      return error.code === 'EW_MESSAGE_UNWRITABLE' && error.retryable === false
    })
  }
})

for (const format of formats) {
  test(`${format}: the package of CloudEvents reads the headers as an event in binary mode`, async (t) => {
    const double = await registryDouble(t)
    const codec = await open(double.url, ordersIn(format))
    const { headers, value } = await codec.encode(placed('o1', dataV1))
    const message = { key: 'o1', value: Buffer.from(value), headers, body: Buffer.from(value), timestamp: '' }
    assert.ok(Kafka.isEvent(message as never))
    const event = Kafka.toEvent(message as never) as CloudEvent<unknown>
    assert.ok(event.validate())
    assert.deepEqual(
      [event.id, event.source, event.type, event.subject, event.datacontenttype, event['correlationid']],
      ['o1', 'orders', 'orders.OrderPlaced', 'Order/o1', contentType[format], 'o1'],
    )
  })
}
