import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isEventwrightError, t } from 'eventwright'
import { openProtobuf } from '../../../src/adapters/protobuf/codec.ts'
import { shapeNode } from '../../../src/schema/shape.ts'
import { jsonSample, protobufOf } from '../../fixtures/protobuf-schema.ts'
import { anyFields, seeded } from '../../schema/arbitrary-shape.ts'

const codec = await openProtobuf()
const Line = t.record('Line', { sku: t.string(), quantity: t.int(), note: t.string().optional() })
const order = protobufOf({
  id: t.string(),
  lines: t.array(Line),
  status: t.enum('new', 'sent'),
  parts: t.array(t.int()).max(1000),
  labels: t.map(t.long()),
  at: t.timestamp(),
  total: t.decimal(12, 2),
  share: t.double(),
})
const json = {
  id: 'o-1',
  lines: [
    { sku: 'a', quantity: 2 },
    { sku: 'b', quantity: 0, note: '' },
  ],
  status: 'sent',
  parts: [1, -1],
  labels: { a: '1', b: '-9007199254740993' },
  at: '2026-01-31T09:30:00.125Z',
  total: '12.50',
  share: 0.25,
}
const whole = codec.encode(order, json)

const read = (...parts: readonly (readonly number[])[]): unknown =>
  codec.decode(order, undefined, Uint8Array.from([0, ...parts.flat()]))

function refused(run: () => unknown, message: RegExp): void {
  assert.throws(run, (error: Error) => {
    assert.ok(isEventwrightError(error, 'EW_MESSAGE_UNREADABLE'), String(error))
    assert.match(error.message, message)
    return true
  })
}

/** Whatever the bytes are, the answer is a value or EW_MESSAGE_UNREADABLE. */
function answered(run: () => unknown): boolean {
  try {
    run()
    return true
  } catch (error) {
    assert.ok(isEventwrightError(error, 'EW_MESSAGE_UNREADABLE'), String(error))
    return false
  }
}

/** A field with a length before it. */
function long(number: number, bytes: readonly number[]): readonly number[] {
  return [(number << 3) | 2, bytes.length, ...bytes]
}

test('every cut of a message is refused, but for the one before a number at its end, which Protobuf reads as zero', () => {
  const readable: unknown[] = []
  for (let length = 0; length < whole.length; length++) {
    answered(() => readable.push(codec.decode(order, undefined, whole.subarray(0, length))))
  }
  assert.deepEqual(readable, [{ ...json, share: 0 }])
})

test('a value that does not fit its declaration is refused with the field and the reason', () => {
  refused(() => read([0x08, 1]), /Message\.id comes with wire type 0/)
  refused(() => read([0x0d, 1, 2, 3, 4]), /Message\.id comes with wire type 5/)
  refused(() => read(long(1, [0xff])), /Message cannot be read/)
  refused(() => read(long(1, [0])), /Message\.id has a text with U\+0000/)
  refused(() => read([0x18, 7]), /Message\.status has the number 7/)
  refused(() => read([0x20, 0xff, 0xff, 0xff, 0xff, 0x0f]), /Message\.parts is a number of more than 32 bits/)
  refused(() => read(long(7, [0x31, 0x2c])), /Message\.total has a text that is no decimal/)
  refused(() => read([0x41, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f]), /Message\.share is no finite number/)
  refused(() => read(long(6, [0x10, 0x80, 0x94, 0xeb, 0xdc, 0x03])), /Message\.at is no instant/)
  refused(() => read(long(6, []), long(6, [])), /Message\.at comes twice/)
  refused(() => read(long(5, [0x08, 1])), /Message\.labels comes with wire type 0/)
  refused(() => read(), /Message\.status is absent/)
  refused(() => codec.decode(order, undefined, new Uint8Array()), /is absent/)
  refused(() => codec.decode(order, undefined, Uint8Array.from([2, 2, ...whole.subarray(1)])), /cannot be read/)
})

test('a length beyond the end, a number without an end and fields of number 0 are refused', () => {
  refused(() => read([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]), /cannot be read/)
  refused(() => read([0x12, 0xff, 0xff, 0xff, 0xff, 0x07, 0]), /2147483647 bytes are announced, and 1 are left/)
  refused(() => read([0x12, 7, 0x0a, 5, 0x61]), /7 bytes are announced, and 3 are left/)
  refused(() => read([0x12, 3, 0x0a, 5, 0x61]), /cannot be read/)
  refused(() => read([0x20, ...new Array<number>(11).fill(0x80)]), /cannot be read/)
  refused(() => read([0x00, 0x00]), /cannot be read/)
  refused(() => read(long(4, [0x80])), /cannot be read/)
})

test('groups in groups end at the depth that the driver allows', () => {
  const deep = new Uint8Array(1_000_001).fill(0x63)
  deep[0] = 0
  refused(() => codec.decode(order, undefined, deep), /cannot be read/)
})

test('JSON in a text is refused where it is too deep or none', () => {
  const any = protobufOf({ any: t.json() })
  const decode = (text: string): unknown => {
    const body = Buffer.from(text)
    const head = [0, 0x0a]
    for (let rest = body.length; ; rest >>>= 7) {
      head.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
      if (rest <= 0x7f) break
    }
    return codec.decode(any, undefined, Buffer.concat([Buffer.from(head), body]))
  }
  assert.deepEqual(decode('{"a":[1]}'), { any: { a: [1] } })
  for (const text of ['{', '', '"\\u0000"', '['.repeat(200_000), '['.repeat(90) + ']'.repeat(90)]) {
    refused(() => decode(text), /Message\.any/)
  }
})

test('more items than a declaration allows are refused before they are all there', () => {
  const parts = new Array<number>(100_000).fill(1)
  const packed = [0x22, 0xa0, 0x8d, 0x06, ...parts]
  refused(() => read(packed), /Message\.parts has more than 1000 items/)
})

test('a megabyte of items that take no bytes costs memory in proportion to its length', () => {
  const lines = new Uint8Array(1 + 2 ** 20)
  for (let at = 1; at < lines.length; at += 2) lines[at] = 0x12
  const before = process.memoryUsage().heapUsed
  refused(() => codec.decode(order, undefined, lines), /is absent/)
  assert.ok(process.memoryUsage().heapUsed - before < 400 * 2 ** 20)
})

test('random bytes, and messages with random bytes changed, are read or refused, never anything else', () => {
  let readable = 0
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      (noise, changes) => {
        answered(() => codec.decode(order, undefined, noise))
        const changed = Uint8Array.from(whole)
        for (const [place, byte] of changes) changed[place % changed.length] = byte
        if (answered(() => codec.decode(order, order.text, changed))) readable++
      },
    ),
    { numRuns: 3000 },
  )
  assert.ok(readable > 100)
})

test('bytes of one declaration are read or refused by every other', () => {
  fc.assert(
    fc.property(anyFields, anyFields, fc.integer(), (mine, theirs, seed) => {
      const bytes = codec.encode(protobufOf(mine), jsonSample(shapeNode(mine), seeded(seed)))
      answered(() => codec.decode(protobufOf(theirs), undefined, bytes))
    }),
    { numRuns: 300 },
  )
})
