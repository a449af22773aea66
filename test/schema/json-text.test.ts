import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson } from '../../src/base/json.ts'
import { nodeCodec } from '../../src/schema/codec.ts'
import { compile } from '../../src/schema/compile.ts'
import { jsonText } from '../../src/schema/json-text.ts'
import { sample } from '../../src/schema/sample.ts'
import { t } from '../../src/schema/t.ts'
import { anyFields, seeded } from './arbitrary-shape.ts'

test('the text of parsed data is its canonical JSON, whatever the shape', () => {
  fc.assert(
    fc.property(anyFields, fc.integer(), (fields, seed) => {
      const { node, parse } = compile(fields)
      const result = parse(reversed(sample(node, seeded(seed))))
      assert.ok(result.ok)
      const codec = nodeCodec(node)
      assert.equal(
        jsonText(node)(result.value),
        canonicalJson(codec === null ? result.value : codec.encode(result.value)),
      )
    }),
    { numRuns: 500 },
  )
})

test('keys of maps that engines put first are written in their order all the same', () => {
  const { node, parse } = compile({ counts: t.map(t.int()), free: t.json() })
  const result = parse({ counts: { b: 1, 10: 2, 9: 3 }, free: { z: 1, 2: 2, 10: 3 } })
  assert.ok(result.ok)
  assert.equal(jsonText(node)(result.value), '{"counts":{"10":2,"9":3,"b":1},"free":{"10":3,"2":2,"z":1}}')
})

function reversed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(reversed)
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  )
}
