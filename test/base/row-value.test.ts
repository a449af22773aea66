import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareOf, compareText, tupleOf, valueIn } from '../../src/base/row-value.ts'

const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'é', '\ud7ff', '\ue000', '\uffee', '\u{10000}', '\u{1f600}'),
  maxLength: 5,
})

test('texts are ordered as their UTF-8 bytes are', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareText(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
    { numRuns: 1_000 },
  )
})

test('null and absent come first and are equal, whatever the kind', () => {
  const compare = compareOf('integer')
  assert.deepEqual([compare(null, undefined), compare(null, -5), compare(-5, undefined)].map(Math.sign), [0, -1, 1])
  assert.ok(compareOf('boolean')(false, true) < 0)
  assert.ok(compareOf('bytes')(Uint8Array.of(127), Uint8Array.of(128)) < 0)
  assert.ok(compareOf('decimal')('-10.00', '-9.5') < 0)
})

test('tuples are equal exactly when all their values are', () => {
  const row = fc.record({ a: fc.option(text), b: fc.option(text) })
  fc.assert(
    fc.property(row, row, (left, right) => {
      const [first, second] = [tupleOf(left, ['a', 'b']), tupleOf(right, ['a', 'b'])]
      const complete = left.a !== null && left.b !== null
      assert.equal(first !== undefined, complete)
      if (complete) assert.equal(first === second, left.a === right.a && left.b === right.b)
    }),
    { numRuns: 1_000 },
  )
})

test('a column finds only what the row itself holds', () => {
  const found = [valueIn({}, 'constructor'), valueIn({}, '__proto__'), valueIn(undefined, 'a'), valueIn({ a: 1 }, 'a')]
  assert.deepEqual(found, [undefined, undefined, undefined, 1])
})
