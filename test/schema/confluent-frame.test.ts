import assert from 'node:assert/strict'
import test from 'node:test'
import { isEventwrightError } from '../../src/base/errors.ts'
import {
  confluentFrame,
  readConfluentFrame,
  readMessageIndex,
  withMessageIndex,
} from '../../src/schema/confluent-frame.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const unreadable = (error: unknown): boolean => isEventwrightError(error, 'EW_MESSAGE_UNREADABLE')

test('a frame is a zero, the id in four bytes and the payload', () => {
  assert.equal(hex(confluentFrame(1, bytes('0a0b'))), '00000000010a0b')
  assert.equal(hex(confluentFrame(2_147_483_647, bytes(''))), '007fffffff')
  assert.equal(hex(confluentFrame(66_051, bytes('ff'))), '0000010203ff')
})

test('a frame is read wherever it lies in its memory', () => {
  const memory = bytes('ffff0000010203aabb')
  const { schemaId, payload } = readConfluentFrame(memory.subarray(2))
  assert.deepEqual([schemaId, hex(payload)], [66_051, 'aabb'])
})

test('bytes without such a head are refused', () => {
  for (const wrong of ['', '00', '00000000', '0100000001aa', '7b22', '00ffffffff00']) {
    assert.throws(() => readConfluentFrame(bytes(wrong)), unreadable, wrong)
  }
  for (const id of [-1, 1.5, 2 ** 31, Number.NaN]) {
    assert.throws(
      () => confluentFrame(id, bytes('')),
      (error) => isEventwrightError(error, 'EW_MESSAGE_UNWRITABLE'),
    )
  }
})

// The bytes of Confluent's own serializers: the count and the places are zigzag varints, and [0] is one byte.
const golden: readonly (readonly [readonly number[], string])[] = [
  [[0], '00'],
  [[1], '0202'],
  [[1, 0], '040200'],
  [[2, 3, 1], '06040602'],
  [[100], '02c801'],
]

test('a message index has the bytes of its places before the payload', () => {
  for (const [index, head] of golden) {
    assert.equal(hex(withMessageIndex(index, bytes('0801'))), `${head}0801`)
    const read = readMessageIndex(bytes(`${head}0801`), () => true)
    assert.deepEqual([read.index, hex(read.payload)], [index, '0801'])
  }
  for (const wrong of [[], [-1], [0.5]]) {
    assert.throws(
      () => withMessageIndex(wrong, bytes('')),
      (error) => isEventwrightError(error, 'EW_MESSAGE_UNWRITABLE'),
    )
  }
})

test('a payload without an index is one of the first message type', () => {
  const plain = bytes('0a03616263')
  // Its first bytes do not make an index, and so do those of the second not make one that is accepted.
  assert.deepEqual(readMessageIndex(plain, ({ index }) => index.length === 1).index, [0])
  const looksLikeOne = bytes('0802')
  const read = readMessageIndex(looksLikeOne, ({ payload }) => payload.length === 2)
  assert.deepEqual([read.index, hex(read.payload)], [[0], '0802'])
  assert.deepEqual(readMessageIndex(bytes(''), () => true).index, [0])
})

test('an index that cannot be is refused when the whole is no message either', () => {
  for (const wrong of ['ffffffffff', '06', '0601', '80', 'c801']) {
    assert.throws(() => readMessageIndex(bytes(wrong), () => false), unreadable, wrong)
  }
})
