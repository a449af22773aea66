import assert from 'node:assert/strict'
import { test } from 'node:test'
import { murmur2 as ofTheLibrary } from '@platformatic/kafka'
import fc from 'fast-check'
import { murmur2, partitionOfKey } from '../../../src/adapters/kafka/murmur2.ts'

test('the hash of a key is the one that the tests of Java’s client hold', () => {
  const golden: readonly (readonly [string, number])[] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ]
  for (const [text, hash] of golden) assert.equal(murmur2(Buffer.from(text)), hash, text)
})

test('the hash is that of the library for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      assert.equal(murmur2(bytes), ofTheLibrary(Buffer.from(bytes)))
    }),
  )
})

test('a key has the partition that Java’s producer gives it: the sign is cut off, not turned round', () => {
  const golden: readonly (readonly [string, number])[] = [
    ['21', 0],
    ['foobar', 6],
    ['abc', 7],
  ]
  for (const [key, partition] of golden) assert.equal(partitionOfKey(Buffer.from(key), 10), partition, key)
})
