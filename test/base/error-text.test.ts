import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { errorText } from '../../src/base/error-text.ts'
import { isStorable } from '../../src/base/text.ts'

test('what can be stored already is told as it is', () => {
  const texts = ['', 'not today', 'two\nlines and a "quote"', '\u0001\ufffd', '😀', 'x'.repeat(2_000)]
  for (const text of texts) assert.deepEqual([errorText(new Error(text)), errorText(text)], [text, text])
})

test('what was thrown that is no error is told as text', () => {
  const thrown = [undefined, null, 404, 10n, Symbol('why'), ['a', 'b'], { toString: () => 'own words' }]
  const told = ['undefined', 'null', '404', '10', 'Symbol(why)', 'a,b', 'own words']
  assert.deepEqual(thrown.map(errorText), told)
})

test('what no store takes is replaced where it stands, and the rest is kept', () => {
  assert.equal(errorText(new Error('a\u0000b\u0000')), 'a\ufffdb\ufffd')
  assert.equal(errorText('\udc00 😀 \ud800'), '\ufffd 😀 \ufffd')
})

test('a text that is too long is cut and says so, never in the middle of a character', () => {
  assert.equal(errorText(new Error('x'.repeat(2_001))), `${'x'.repeat(2_000)}…`)
  const cut = errorText(`${'x'.repeat(1_999)}😀`)
  assert.equal(cut, `${'x'.repeat(1_999)}\ufffd…`)
})

test('any text at all becomes one that is storable and short', () => {
  const hostile = fc.string({ unit: fc.constantFrom('a', '😀', '\ud800', '\udc00', '\u0000'), maxLength: 20 })
  const repeated = fc.tuple(hostile, fc.integer({ min: 1, max: 500 })).map(([text, times]) => text.repeat(times))
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), hostile, repeated), (text) => {
      const told = errorText(new Error(text))
      assert.ok(isStorable(told) && told.length <= 2_001)
      assert.equal(errorText(text), told)
      if (isStorable(text) && text.length <= 2_000) assert.equal(told, text)
    }),
  )
})

test('what cannot say what it is, is described, and nothing is thrown', () => {
  const cases: [unknown, string][] = [
    [Object.assign(new Error('a'), { message: { code: 1 } }), '[object Object]'],
    [Object.assign(new Error('a'), { message: Object.create(null) }), 'an Error'],
    [Object.create(null), 'an object'],
    [{ toString: () => assert.fail() }, 'an object'],
  ]
  for (const [thrown, expected] of cases) assert.equal(errorText(thrown), expected)
})
