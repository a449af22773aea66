import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { committed, type RawRecord } from '../../../src/adapters/kafka/fetch.ts'
import { decoded, encoded, type EncodedRecord } from '../../../src/adapters/kafka/records.ts'
import { failure } from '../../../src/base/errors.ts'
import { isStorable } from '../../../src/base/text.ts'
import type { ChannelMessage, OutgoingMessage } from '../../../src/ports/broker.ts'
import type { MessageCodec } from '../../../src/ports/message-codec.ts'
import { messageWith } from '../../../src/ports/received-message.ts'

const place = { channel: 'orders', partition: 2 }

function raw(record: Partial<RawRecord>): RawRecord {
  return { offset: 7, atMs: 5, key: null, value: null, headers: [], bytes: 0, ...record }
}

function written({ key, value, headers }: EncodedRecord): RawRecord {
  return raw({ key, value, headers: [...headers] })
}

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter(isStorable)
const headersText = fc.oneof(
  fc.dictionary(text, text).map((headers) => JSON.stringify(headers)),
  fc.json(),
  text,
  fc.constantFrom('{"ew_id":"x"}', '{"ew_headers":"x"}', '{"b":"1","1":"2"}', '{ }', '{"__proto__":"x"}', 'null', '[]'),
)

test('any message is read as it was written', () => {
  fc.assert(
    fc.property(fc.record({ key: text, id: text, headers: headersText.filter(isStorable), value: text }), (message) => {
      const outgoing: OutgoingMessage = { channel: 'orders', ...message, id: `m${message.id}` }
      const read = decoded(place, written(encoded(outgoing) as EncodedRecord))
      assert.deepEqual(messageWith(read as ChannelMessage, {}), { ...outgoing, partition: 2, offset: 7, atMs: 5 })
    }),
  )
})

test('the id of CloudEvents is not written twice', () => {
  const headers = '{"ce_id":"e1","ce_type":"x.Y"}'
  const record = encoded({ channel: 'orders', key: 'k', id: 'e1', headers, value: '{}' }) as EncodedRecord
  assert.deepEqual([...record.headers.keys()].map(String), ['ce_id', 'ce_type'])
})

test('records of others are read whatever bytes they have', () => {
  const bytes = fc.option(fc.uint8Array({ maxLength: 30 }).map((each) => Buffer.from(each)))
  const record = fc.record({ key: bytes, value: bytes, headers: fc.array(fc.tuple(bytes, bytes), { maxLength: 4 }) })
  fc.assert(
    fc.property(record, (parts) => {
      const read = decoded(place, raw(parts)) as ChannelMessage
      for (const each of [read.key, read.id, read.headers, read.value]) assert.ok(isStorable(each))
      assert.ok(read.id !== '')
      assert.ok(Object.values(JSON.parse(read.headers) as object).every((each) => typeof each === 'string'))
    }),
  )
})

test('a tombstone, an empty key, binary and repeated headers', () => {
  const headers = [
    [Buffer.from('a'), Buffer.from('1')],
    [Buffer.from('a'), Buffer.from('2')],
    [Buffer.from('b'), Buffer.from([0xff])],
    [Buffer.from('c'), null],
  ] as const
  const read = decoded(place, raw({ key: Buffer.alloc(0), headers })) as ChannelMessage
  assert.deepEqual([read.key, read.value, read.id], ['', 'null', 'orders-2-7'])
  assert.equal(read.headers, '{"a":"2","b":"base64:/w==","c":""}')
})

test('a value that is no text comes with its bytes and with the reason', () => {
  for (const value of [Buffer.from([0xff, 0xfe]), Buffer.from('a\u0000')]) {
    const read = decoded(place, raw({ value, headers: [[Buffer.from('ce_id'), Buffer.from('e')]] })) as ChannelMessage
    assert.equal(read.value, value.toString('base64'))
    assert.match(read.headers, /"ew_undecoded":"its value is not text/)
    assert.equal(read.id, 'e')
  }
})

function codec(decode: MessageCodec['decode']): MessageCodec {
  return {
    encode: async ({ channel, key, headers, value }) => {
      return { channel, key, headers: JSON.parse(headers) as Record<string, string>, value: Buffer.from(`!${value}`) }
    },
    decode,
  }
}

test('with a codec it writes and reads the bytes; what it cannot read comes with them, what it cannot read now rejects', async () => {
  const outgoing = { channel: 'orders', key: 'k', id: 'e', headers: '{"ce_id":"e"}', value: '{}' }
  const honest = codec(async ({ headers, value }) => {
    return { headers: JSON.stringify(headers), value: Buffer.from(value).toString().slice(1) }
  })
  const record = written(await encoded(outgoing, honest))
  assert.equal(record.value?.toString(), '!{}')
  assert.deepEqual(await decoded(place, record, honest), { ...outgoing, partition: 2, offset: 7, atMs: 5 })
  const blind = codec(async () => {
    throw failure('EW_MESSAGE_UNREADABLE', 'A trial.')
  })
  const unread = await decoded(place, record, blind)
  assert.equal(unread.value, Buffer.from('!{}').toString('base64'))
  assert.match(unread.headers, /"ew_undecoded":"EW_MESSAGE_UNREADABLE: A trial/)
  const away = codec(async () => {
    throw failure('EW_BROKER_FAILED', 'A trial.')
  })
  await assert.rejects(async () => decoded(place, record, away), { code: 'EW_BROKER_FAILED' })
  assert.equal((await decoded(place, raw({}), away)).value, 'null')
})

interface BatchParts {
  readonly at: number
  readonly count?: number
  readonly producer?: number
  readonly attributes?: number
  readonly key?: Buffer
}

function batch({
  at,
  count = 1,
  producer = -1,
  attributes = 0,
  key,
}: BatchParts): Parameters<typeof committed>[0][number] {
  const one = (offsetDelta: number) => {
    return {
      length: 9,
      timestampDelta: BigInt(offsetDelta),
      offsetDelta,
      key: key ?? null,
      value: null,
      headers: [],
    }
  }
  return {
    firstOffset: BigInt(at),
    attributes,
    lastOffsetDelta: count - 1,
    firstTimestamp: 100n,
    maxTimestamp: 999n,
    producerId: BigInt(producer),
    records: Array.from({ length: count }, (_, index) => one(index)),
  }
}

const inTransaction = 1 << 4
const mark = (at: number, producer: number, commits: boolean) =>
  batch({ at, producer, attributes: inTransaction | (1 << 5), key: Buffer.from([0, 0, 0, commits ? 1 : 0]) })

test('transactions that were given up are left out, and marks always; those of the same producer before and after stay', () => {
  const batches = [
    batch({ at: 0, count: 3 }),
    batch({ at: 3, producer: 1, attributes: inTransaction }),
    mark(4, 1, true),
    batch({ at: 5, count: 2, producer: 1, attributes: inTransaction }),
    batch({ at: 7, producer: 2, attributes: inTransaction }),
    mark(8, 1, false),
    mark(9, 2, true),
    batch({ at: 10, producer: 1, attributes: inTransaction }),
    mark(11, 1, true),
  ]
  const offsets = (from: number) =>
    committed(batches, [{ producerId: 1n, firstOffset: 5n }], from).records.map(({ offset }) => offset)
  assert.deepEqual(offsets(0), [0, 1, 2, 3, 7, 10])
  assert.deepEqual(offsets(2), [2, 3, 7, 10])
})

test('the time of a record is its own, or that of its batch where the broker gives it', () => {
  const times = (attributes: number) =>
    committed([batch({ at: 0, count: 2, attributes })], [], 0).records.map(({ atMs }) => atMs)
  assert.deepEqual(
    [times(0), times(1 << 3)],
    [
      [100, 101],
      [999, 999],
    ],
  )
})
