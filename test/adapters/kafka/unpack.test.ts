import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as library from '@platformatic/kafka'
import { mostUnpackedBytes, unpacking } from '../../../src/adapters/kafka/unpack.ts'

const unpack = unpacking(library)
const { gzip, snappy, lz4, zstd } = library.compressionsAlgorithms
const ways = Object.entries({ gzip, snappy, lz4, zstd })

test('what the library packs is unpacked, however it is packed', () => {
  const bytes = Buffer.from('a message and another message '.repeat(50_000))
  for (const [name, { bitmask, compressSync }] of ways)
    assert.ok(unpack(bitmask, Buffer.from(compressSync(bytes))).equals(bytes), name)
})

test('what would become more than the bound is refused, what becomes just as much is not', () => {
  const most = Buffer.alloc(mostUnpackedBytes)
  const more = Buffer.alloc(mostUnpackedBytes + 1)
  for (const [name, { bitmask, compressSync }] of ways) {
    const packed = { most: Buffer.from(compressSync(most)), more: Buffer.from(compressSync(more)) }
    assert.equal(unpack(bitmask, packed.most).length, mostUnpackedBytes, name)
    assert.throws(() => unpack(bitmask, packed.more), /would become more than 33554432/, name)
  }
})

test('Snappy in the blocks of Java is unpacked, and bounded by all of them', () => {
  const blocks = (texts: readonly Buffer[]): Buffer =>
    Buffer.concat([
      Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]),
      ...texts.flatMap((text) => {
        const packed = Buffer.from(snappy.compressSync(text))
        const length = Buffer.alloc(4)
        length.writeUInt32BE(packed.length)
        return [length, packed]
      }),
    ])
  assert.equal(unpack(2, blocks([Buffer.from('one '), Buffer.from('two')])).toString(), 'one two')
  const large = Buffer.alloc(mostUnpackedBytes / 2 + 1)
  assert.throws(() => unpack(2, blocks([large, large])), /would become more/)
})

test('what lies about its size, is cut or is no such thing at all is refused, and the next is read', () => {
  const text = Buffer.from('x'.repeat(1_000))
  for (const [name, { bitmask, compressSync }] of ways) {
    const packed = Buffer.from(compressSync(text))
    for (const wrong of [packed.subarray(0, packed.length / 2), Buffer.from('nothing of the kind')])
      assert.throws(() => unpack(bitmask, wrong), name)
    assert.ok(unpack(bitmask, packed).equals(text), name)
  }
  const small = Buffer.from(snappy.compressSync(text))
  // It says that it becomes one byte.
  assert.throws(() => unpack(2, Buffer.concat([Buffer.from([1]), small.subarray(2)])), /no snappy/)
  assert.throws(() => unpack(7, text), /packing 7 is not known/)
})

test('a block of LZ4 that becomes more than its frame says is refused', () => {
  // 16 MiB by one match, in a frame of blocks of 64 KiB.
  const block = Buffer.concat([
    Buffer.from([0x1f, 0, 1, 0]),
    Buffer.alloc(65_793, 255),
    Buffer.from([0, 0x50, 1, 2, 3, 4, 5]),
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(block.length)
  const frame = Buffer.from(lz4.compressSync(Buffer.alloc(1_000))).subarray(0, 7)
  assert.throws(() => unpack(3, Buffer.concat([frame, length, block, Buffer.alloc(4)])), /no lz4/)
})
