import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as library from '@platformatic/kafka'
import fc from 'fast-check'
import { readBatches, type Batch } from '../../../src/adapters/kafka/batches.ts'
import { committed } from '../../../src/adapters/kafka/fetch.ts'
import { unpacking } from '../../../src/adapters/kafka/unpack.ts'
import { batchOf, varint } from '../../fixtures/kafka-bombs.ts'

const unpack = unpacking(library)
const read = (bytes: Buffer): readonly Batch[] => readBatches(bytes, unpack)

interface Message {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [Buffer, Buffer | null])[]
}

function packed(messages: readonly Message[], compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'): Buffer {
  const records = messages.map(({ headers, ...rest }) => ({
    topic: 't',
    partition: 0,
    ...rest,
    headers: new Map(headers),
  }))
  const options = { compression, producerId: -1n, producerEpoch: -1 }
  return Buffer.from(library.createRecordsBatch(records as never, options as never).buffer)
}

test('any batch that the library writes is read as it was written, with the next behind it', () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each))
  const maybe = fc.option(bytes)
  const message = fc.record({ key: maybe, value: maybe, headers: fc.array(fc.tuple(bytes, maybe), { maxLength: 4 }) })
  const way = fc.constantFrom('none', 'gzip', 'snappy', 'lz4', 'zstd')
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 20 }), way, (messages, compression) => {
      const one = packed(messages, compression)
      // What the broker has cut off at the end is left out.
      const batches = read(Buffer.concat([one, one, one.subarray(0, -1)]))
      assert.equal(batches.length, 2)
      for (const { records, lastOffsetDelta } of batches) {
        assert.equal(lastOffsetDelta, messages.length - 1)
        const found = [...records]
        assert.deepEqual(
          found.map(({ key, value, headers }) => ({ key, value, headers: [...headers] })),
          messages.map(({ key, value, headers }) => ({ key, value, headers: [...headers] })),
        )
        assert.deepEqual(
          found.map(({ offsetDelta }) => offsetDelta),
          messages.map((_, index) => index),
        )
      }
    }),
    { numRuns: 300 },
  )
})

/** A record of these parts, in which lengths and counts may be wrong. */
function recordOf(parts: readonly Buffer[], length?: number): Buffer {
  const inner = Buffer.concat([Buffer.from([0]), ...parts])
  return Buffer.concat([varint(length ?? inner.length), inner])
}

const good = recordOf([varint(0), varint(0), varint(-1), varint(1), Buffer.from('v'), varint(0)])

test('records that do not fit into their batch stand as its bytes, behind those that do', () => {
  const head = [varint(0), varint(1), varint(-1)]
  const wrong: readonly (readonly [why: RegExp, record: Buffer])[] = [
    [/a record of 99 bytes does not fit/, recordOf([...head, varint(-1), varint(0)], 99)],
    [/a record of -5 bytes/, recordOf([...head, varint(-1), varint(0)], -5)],
    [/a text of 2000000000 bytes does not fit/, recordOf([...head, varint(2_000_000_000)])],
    [/a text of -7 bytes/, recordOf([...head, varint(-7), varint(0)])],
    [/it has 2000000000 headers/, recordOf([...head, varint(-1), varint(2_000_000_000)])],
    [/it has -1 headers/, recordOf([...head, varint(-1), varint(-1)])],
    [/it has others/, recordOf([...head, varint(-1), varint(0), Buffer.from('more')])],
    [/does not end/, recordOf([...head, Buffer.alloc(12, 0xff)])],
    [/does not end/, Buffer.alloc(0)],
  ]
  for (const [why, record] of wrong) {
    const records = Buffer.concat([good, record])
    const [first, fault, ...others] = [...read(batchOf(records, { count: 9 }))[0]!.records]
    assert.deepEqual([first!.value?.toString(), first!.fault], ['v', undefined])
    assert.match(fault!.fault ?? '', why)
    assert.deepEqual([fault!.offsetDelta, fault!.value], [8, records])
    assert.deepEqual(others, [])
  }
})

test('a batch that cannot be unpacked stands as its bytes, and the next is read', () => {
  const bytes = Buffer.from('no gzip')
  const batches = read(Buffer.concat([batchOf(bytes, { count: 3, attributes: 1 }), batchOf(good, { count: 1 })]))
  const { records } = committed(batches, [], 0)
  assert.deepEqual(
    records.map(({ offset, value }) => [offset, value?.toString()]),
    [
      [2, 'no gzip'],
      [0, 'v'],
    ],
  )
  assert.match(records[0]!.fault ?? '', /header/)
})

test('a batch of another format, or one that is shorter than its own head, is told', () => {
  const old = batchOf(good, { count: 1 })
  old.writeInt8(1, 16)
  assert.throws(() => read(old), /of the format 1/)
  const short = batchOf(good, { count: 1 })
  short.writeInt32BE(3, 8)
  assert.throws(() => read(short), /shorter than its head/)
})

test('of a batch that becomes millions of records so many are taken as bear it, and the rest is gone on with', () => {
  const count = 150_000
  const value = [varint(40), Buffer.alloc(40)]
  const all = Array.from({ length: count }, (_, n) => recordOf([varint(0), varint(n), varint(-1), ...value, varint(0)]))
  const bytes = batchOf(library.compressionsAlgorithms.zstd.compressSync(Buffer.concat(all)) as Buffer, {
    count,
    attributes: 4,
  })
  let [from, rounds] = [0, 0]
  while (from < count) {
    const { records, cut } = committed(read(bytes), [], from)
    assert.equal(records[0]!.offset, from)
    assert.ok(records.length < 100_000)
    // They do not hold what they were unpacked from.
    assert.ok(records[0]!.value!.buffer.byteLength < 1 << 20)
    from = cut ?? records.at(-1)!.offset + 1
    rounds++
  }
  assert.deepEqual([from, rounds > 1], [count, true])
})

test('a time that is none is the beginning of time', () => {
  const wild = recordOf([varint(9_000_000_000_000_000), varint(0), varint(-1), varint(-1), varint(0)])
  assert.deepEqual(
    committed(read(batchOf(wild, { count: 1 })), [], 0).records.map(({ atMs }) => atMs),
    [0],
  )
})
