import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { failure } from '../../../src/base/errors.ts'
import { decode, encode, type Arrived } from '../../../src/adapters/rabbitmq/wire.ts'
import type { OutgoingMessage } from '../../../src/ports/broker.ts'
import { undecodedHeader, type MessageCodec } from '../../../src/ports/message-codec.ts'
import { messageWith } from '../../../src/ports/received-message.ts'

const place = { channel: 'orders', partition: 2, offset: 7 }
const nowMs = 1_700_000_000_123

/** What the server makes of a message on its way. */
function carried({ body, options }: Awaited<ReturnType<typeof encode>>): Arrived {
  const headers = { ...(options.headers as object), 'x-delivery-count': 2, 'x-stream-offset': 7 }
  const { messageId, contentType, timestamp } = options
  return {
    content: body,
    fields: { routingKey: '', deliveryTag: 1 },
    properties: { headers, messageId, contentType, timestamp },
  }
}

async function through(message: OutgoingMessage, codec?: MessageCodec) {
  return decode(carried(await encode(message, codec, nowMs)), place, codec, nowMs + 5_000)
}

const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.constantFrom('', '__proto__', 'x-death', '7'))
const names = fc.oneof(
  fc.constantFrom('ce_id', 'ce_type', 'ce_partitionkey', 'cloudEvents:id', 'ew_sentms', 'ew_packed', 'content-type'),
  fc.constantFrom('x-death', '__proto__', '12', '', 'traceparent'),
  text,
)
const headers = fc.oneof(
  fc.array(fc.tuple(names, text), { maxLength: 8 }).map((list) => JSON.stringify(Object.fromEntries(list))),
  fc.constantFrom('', '[]', 'null', '{"a":1}', '{"a": "b"}', '{"a":"1","a":"2"}', '{"__proto__":"1"}', 'no JSON'),
)
const outgoing = fc.record({ channel: fc.constant('orders'), key: text, id: text, headers, value: text })

test('a message of any texts is read as it was sent', async () => {
  await fc.assert(
    fc.asyncProperty(outgoing, async (message) => {
      // No message of ours is without an id, and one without gets one.
      const sent = { ...message, id: message.id || 'some' }
      assert.deepEqual(messageWith(await through(sent), {}), { ...sent, ...place, atMs: nowMs })
    }),
    { numRuns: 500 },
  )
  const large = { channel: 'orders', key: 'k'.repeat(40_000), id: 'i'.repeat(300), headers: '{"a":"b"}', value: 'v' }
  assert.deepEqual(messageWith(await through(large), {}), { ...large, ...place, atMs: nowMs })
})

test('names are those of CloudEvents, and the properties of the server are filled', async () => {
  const own = { ce_id: 'e1', ce_type: 'orders.Placed', ce_correlationid: 'c1', 'content-type': 'application/json' }
  const { options } = await encode(
    { channel: 'orders', key: 'o-1', id: 'e1', headers: JSON.stringify({ ...own, traceparent: '00-1' }), value: '{}' },
    undefined,
    nowMs,
  )
  const { headers: table, ...properties } = options
  assert.deepEqual(table, {
    'cloudEvents:partitionkey': 'o-1',
    ew_sentms: String(nowMs),
    'cloudEvents:id': 'e1',
    'cloudEvents:type': 'orders.Placed',
    'cloudEvents:correlationid': 'c1',
    'content-type': 'application/json',
    traceparent: '00-1',
  })
  assert.deepEqual(properties, {
    persistent: true,
    mandatory: true,
    timestamp: Math.floor(nowMs / 1_000),
    contentType: 'application/json',
    type: 'orders.Placed',
    correlationId: 'c1',
    messageId: 'e1',
  })
})

test('whatever others send is a message, and what no store can hold comes as its bytes', async () => {
  const arrived = fc.record({
    content: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fields: fc.record({ routingKey: text, deliveryTag: fc.constant(1) }),
    properties: fc.record({
      headers: fc.option(
        fc.dictionary(names, fc.oneof(text, fc.anything(), fc.constant('\u0000'), fc.constant('\ud800'))),
        { nil: undefined },
      ),
      messageId: fc.oneof(text, fc.anything()),
      contentType: fc.anything(),
      timestamp: fc.anything(),
    }),
  })
  await fc.assert(
    fc.asyncProperty(arrived, async (message) => {
      const read = await decode(message, place, undefined, nowMs)
      for (const each of [read.key, read.id, read.headers, read.value])
        assert.ok(each.isWellFormed() && !each.includes('\u0000'), JSON.stringify(each))
      assert.ok(read.id !== '' && Number.isSafeInteger(read.atMs))
      const told = JSON.parse(read.headers.startsWith('{') ? read.headers : '{}') as Record<string, string>
      if (told[undecodedHeader] === undefined) return
      assert.ok(message.content.includes(Buffer.from(read.value, 'base64')))
    }),
    { numRuns: 500 },
  )
  const foreign = { content: Buffer.from([0xff, 0]), fields: { routingKey: '2', deliveryTag: 1 } }
  const { headers: told, ...rest } = await decode({ ...foreign, properties: {} }, place, undefined, nowMs)
  assert.deepEqual(rest, { ...place, key: '2', id: 'orders-2-7', atMs: nowMs, value: '/wA=' })
  assert.ok(Object.keys(JSON.parse(told) as object).includes(undecodedHeader))
  const event = { headers: { cloudEvents_id: 'e9', n: 4 }, timestamp: 1_600_000_000 }
  const known = await decode({ ...foreign, content: Buffer.from('{}'), properties: event }, place, undefined, nowMs)
  assert.deepEqual([known.id, known.atMs, known.headers], ['e9', 1_600_000_000_000, '{"ce_id":"e9","n":"4"}'])
})

test('a codec gets what it wrote; its refusal leaves the bytes, and a schema that cannot be had is asked for again', async () => {
  let fails: Error | undefined
  const codec: MessageCodec = {
    encode: async ({ channel, key, headers: head, value }) => {
      return {
        channel,
        key,
        headers: { ...(JSON.parse(head) as object), format: 'x' },
        value: Buffer.from(`#${value}`),
      }
    },
    async decode({ headers: { format, ...head }, value }) {
      if (fails !== undefined) throw fails
      assert.equal(format, 'x')
      return { headers: JSON.stringify(head), value: Buffer.from(value).toString().slice(1) }
    },
  }
  const message = { channel: 'orders', key: 'k', id: 'e1', headers: '{"ce_id":"e1"}', value: 'v' }
  assert.deepEqual(await through(message, codec), { ...message, ...place, atMs: nowMs })
  fails = failure('EW_MESSAGE_UNREADABLE', 'no such schema')
  const read = await through(message, codec)
  assert.equal(read.value, Buffer.from('#v').toString('base64'))
  assert.match(read.headers, /no such schema/)
  fails = failure('EW_BROKER_FAILED', 'the registry is away')
  await assert.rejects(through(message, codec), { code: 'EW_BROKER_FAILED' })
})
