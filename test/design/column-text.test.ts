import assert from 'node:assert/strict'
import { test } from 'node:test'
import { columnValue } from '../../src/design/column-text.ts'

test('a text is a value of a column of its kind, or none', () => {
  const cases: readonly (readonly [Parameters<typeof columnValue>[0], string, unknown])[] = [
    ['text', '', ''],
    ['text', '7', '7'],
    ['integer', '-7', -7],
    ['real', '0.5', 0.5],
    ['long', '9007199254740993', 9007199254740993n],
    ['boolean', 'true', true],
    ['bytes', 'AQI=', new Uint8Array([1, 2])],
    ['integer', '', null],
    ['boolean', '', null],
  ]
  for (const [kind, text, value] of cases) assert.deepEqual(columnValue(kind, text), { value }, `${kind} ${text}`)
  for (const [kind, text] of [
    ['integer', 'seven'],
    ['real', 'Infinity'],
    ['long', '1.5'],
    ['boolean', 'yes'],
  ] as const)
    assert.equal(columnValue(kind, text), undefined, `${kind} ${text}`)
})
