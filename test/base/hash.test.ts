import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { fingerprint } from '../../src/base/fingerprint.ts'
import { checksum, murmur3_32, streamHash } from '../../src/base/hash.ts'

interface Golden {
  readonly murmur3: readonly { readonly text: string; readonly seed: number; readonly hash: string }[]
  readonly streams: readonly { readonly stream: string; readonly bucket: number }[]
  readonly fingerprints: readonly { readonly text: string; readonly fingerprint: string }[]
  readonly checksums: readonly { readonly parts: readonly string[]; readonly checksum: string }[]
}
const golden = JSON.parse(readFileSync(new URL('../golden/hash.json', import.meta.url), 'utf8')) as Golden

test('murmur3 of 32 bits gives the published and recorded values', () => {
  assert.equal(golden.murmur3.length, 80)
  for (const { text, seed, hash } of golden.murmur3) assert.equal(hex(murmur3_32(text, seed)), hash, `${text} ${seed}`)
})

test('a stream lands in the bucket that is recorded for it', () => {
  for (const { stream, bucket } of golden.streams) assert.equal(streamHash(stream), bucket, stream)
})

test('fingerprints are murmur3 of 128 bits for every length of the last block', () => {
  assert.equal(golden.fingerprints.length, 41)
  for (const { text, fingerprint: expected } of golden.fingerprints) assert.equal(fingerprint(text), expected, text)
})

test('checksums are CRC-32: "123456789" gives cbf43926', () => {
  assert.equal(hex(checksum('123456789')), 'cbf43926')
  for (const { parts, checksum: expected } of golden.checksums) assert.equal(hex(checksum(...parts)), expected)
})

test('moving text from one part of a checksum to the next changes it', () => {
  assert.notEqual(checksum('ab', 'c'), checksum('a', 'bc'))
  assert.notEqual(checksum('ab', ''), checksum('', 'ab'))
})

test('streams spread evenly over the buckets', () => {
  const counts = new Uint32Array(1024)
  for (let id = 0; id < 102_400; id++) counts[streamHash(`order/${id}`)]!++
  assert.ok(Math.min(...counts) > 50 && Math.max(...counts) < 160, `${Math.min(...counts)} to ${Math.max(...counts)}`)
})

test('text outside ASCII hashes as its UTF-8 bytes wherever it stands', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.integer(), (text, seed) => {
      assert.equal(murmur3_32(text, seed), ofBytes(Buffer.from(text, 'utf8'), seed))
    }),
  )
})

/** The algorithm as its author describes it, over bytes and with 64 bit integers. */
function ofBytes(bytes: Buffer, seed: number): number {
  const times = (a: number, b: number): number => Number(BigInt.asUintN(32, BigInt(a >>> 0) * BigInt(b)))
  const turn = (a: number, bits: number): number => ((a << bits) | (a >>> (32 - bits))) >>> 0
  const block = (k: number): number => times(turn(times(k, 0xcc9e2d51), 15), 0x1b873593)
  let hash = seed >>> 0
  const whole = bytes.length - (bytes.length % 4)
  for (let at = 0; at < whole; at += 4) {
    hash = (times(turn((hash ^ block(bytes.readUInt32LE(at))) >>> 0, 13), 5) + 0xe6546b64) >>> 0
  }
  const tail = Buffer.alloc(4)
  bytes.copy(tail, 0, whole)
  if (whole < bytes.length) hash = (hash ^ block(tail.readUInt32LE(0))) >>> 0
  hash = (hash ^ bytes.length) >>> 0
  hash = times((hash ^ (hash >>> 16)) >>> 0, 0x85ebca6b)
  hash = times((hash ^ (hash >>> 13)) >>> 0, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
