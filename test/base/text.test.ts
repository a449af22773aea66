import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatPath } from '../../src/base/json-path.ts'
import { describeKind, describeValue } from '../../src/base/json-value.ts'
import { isStorable, quoted, textFault } from '../../src/base/text.ts'

test('a text is storable when UTF-8 carries it there and back and it has no U+0000', () => {
  const hostile = fc.string({ unit: fc.constantFrom('a', '\ud800', '\udc00', '\u0000') })
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), hostile, (one, other) => {
      for (const text of [one, other, one + other]) {
        const carried = Buffer.from(text, 'utf8').toString('utf8') === text && !text.includes('\u0000')
        assert.equal(isStorable(text), carried)
        assert.equal(textFault(text) === null, carried)
      }
    }),
  )
})

test('a fault is named with its place', () => {
  assert.equal(textFault('ab\u0000'), 'U+0000 at index 2')
  assert.equal(textFault('😀\ud800'), 'a lone surrogate at index 2')
  assert.equal(textFault('\udc00'), 'a lone surrogate at index 0')
})

test('long foreign text is cut in messages and control characters are written out', () => {
  assert.equal(quoted('a"\n'), '"a\\"\\n"')
  assert.equal(quoted('x'.repeat(10_000)), `"${'x'.repeat(60)}"… (10000 characters)`)
})

test('paths read as a person writes them, whatever the keys are called', () => {
  assert.equal(formatPath(['items', 2, 'unitPrice']), 'items[2].unitPrice')
  assert.equal(formatPath([0, 'a']), '[0].a')
  assert.equal(formatPath(['a b', '', '__proto__']), '["a b"][""].__proto__')
  assert.ok(formatPath(['x'.repeat(10_000)]).length < 100)
})

test('values are described without running their code', () => {
  const trap = {
    get constructor(): unknown {
      throw new Error('ran')
    },
    toString(): string {
      throw new Error('ran')
    },
  }
  assert.equal(describeValue(trap), 'an object')
  assert.equal(describeValue(Object.create(trap)), 'an object')
  assert.deepEqual([5n, 10n ** 50n, -0, 'a', null, undefined, [1], new Date(0), Symbol('s')].map(describeValue), [
    '5n',
    'a very large bigint',
    '-0',
    '"a"',
    'null',
    'nothing',
    'an array of 1',
    'a Date',
    'a symbol',
  ])
})

test('the description of personal data holds nothing of it', () => {
  assert.deepEqual(['Ada', 42, 42n, true, 'x'].map(describeKind), [
    'a text of 3 characters',
    'a number',
    'a bigint',
    'a boolean',
    'a text of 1 character',
  ])
})
