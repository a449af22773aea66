import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBase64 } from '../../src/base/base64.ts'
import { codec } from '../../src/schema/codec.ts'
import { t } from '../../src/schema/t.ts'

test('shapes that JSON holds as they are need no codec', () => {
  const plain = { a: t.string(), b: t.array(t.decimal(5, 2)), c: t.map(t.json()), d: t.timestamp().optional() }
  assert.equal(codec(plain), null)
  assert.equal(codec(t.union('kind', { a: t.record('A', { n: t.int() }) })), null)
})

test('longs become text and bytes become base64 wherever they stand, and come back', () => {
  const Part = t.record('Part', { id: t.long(), blob: t.bytes().nullable() })
  const One = t.union('kind', { part: Part, none: t.record('None', {}) })
  const both = codec({ parts: t.array(Part), byName: t.map(t.long()), one: One })!
  const data = {
    parts: [
      { id: 2n ** 63n - 1n, blob: Uint8Array.of(0, 255) },
      { id: -5n, blob: null },
    ],
    byName: JSON.parse('{"__proto__":1}') as Record<string, unknown>,
    one: { kind: 'part', id: 0n, blob: new Uint8Array() },
  }
  Object.defineProperty(data.byName, '__proto__', { value: 7n, enumerable: true })
  const json = both.encode(data)
  assert.equal(
    JSON.stringify(json),
    '{"parts":[{"id":"9223372036854775807","blob":"AP8="},{"id":"-5","blob":null}],' +
      '"byName":{"__proto__":"7"},"one":{"kind":"part","id":"0","blob":""}}',
  )
  assert.deepEqual(both.decode(JSON.parse(JSON.stringify(json))), data)
})

test('decoding keeps unknown fields and what does not have the form, for validation to name', () => {
  const both = codec({ id: t.long(), blob: t.bytes() })!
  assert.deepEqual(both.decode({ id: '1.5', blob: 'no base64', more: 1 }), { id: '1.5', blob: 'no base64', more: 1 })
  assert.deepEqual(both.decode({ id: 5 }), { id: 5n })
  assert.deepEqual(both.decode({ id: 2 ** 53 }), { id: 2 ** 53 })
  for (const json of [null, 'x', 5, []]) assert.deepEqual(both.decode(json), json)
})

test('base64 is read only in the one spelling that is written', () => {
  assert.deepEqual(decodeBase64('AP8='), Uint8Array.of(0, 255))
  for (const text of ['AP8', 'AP9=', 'AP8=\n', 'AP-_', 'AP8= ', '====', 'A']) {
    assert.equal(decodeBase64(text), null, text)
  }
})
