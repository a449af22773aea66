import assert from 'node:assert/strict'
import { test } from 'node:test'
import { masked, personalTexts } from '../../../src/runtime/telemetry/personal-texts.ts'

test('texts at every kind of path are found, the longest first', () => {
  const data = {
    name: 'Ada',
    lines: [{ to: 'Ada King', deep: [['x', 'yy']] }, { to: null }],
    labels: { a: 'label', b: 7 },
    whole: { first: 'one', more: ['two', { last: 'three' }] },
    plain: 'not asked for',
    wide: 12_345_678_901n,
    flag: true,
  }
  const paths = [
    'name',
    'lines[].to',
    'lines[].deep[][]',
    'labels.*',
    'whole',
    'wide',
    'flag',
    'gone.away',
    'name.of[]',
  ]
  const found = personalTexts(paths, data)
  const all = ['12345678901', 'Ada King', 'label', 'three', 'Ada', 'one', 'two', 'yy', 'x', '7']
  assert.deepEqual(found, all)
  assert.deepEqual(personalTexts([''], 'all of it'), ['all of it'])
  assert.deepEqual(personalTexts(['__proto__.x', 'constructor.name'], {}), [])
  assert.deepEqual(personalTexts(['a.b[].c'], undefined), [])
})

test('a text is masked wherever it stands, and nothing else is', () => {
  assert.equal(masked('Ada King and Ada', personalTexts(['a', 'b'], { a: 'Ada', b: 'Ada King' })), '*** and ***')
  assert.equal(masked('$& of nobody', []), '$& of nobody')
  assert.equal(masked('a$&b', ['a$&']), '***b')
})
