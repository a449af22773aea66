import assert from 'node:assert/strict'
import { test } from 'node:test'
import { yamlLines } from '../../src/architect/yaml.ts'

test('lists and mappings stand below each other, and texts are never taken for anything else', () => {
  const value = {
    for: '1m',
    empty: { list: [], table: {} },
    rules: [
      { on: 'no', 'a.b': 1, runbook_url: 'a: #b "c"', left_out: undefined, inner: { deep: [true, null] } },
      'x',
      [1],
    ],
  }
  assert.deepEqual(yamlLines(value), [
    'for: "1m"',
    'empty:',
    '  list: []',
    '  table: {}',
    'rules:',
    '  - "on": "no"',
    '    "a.b": 1',
    '    runbook_url: "a: #b \\"c\\""',
    '    inner:',
    '      deep:',
    '        - true',
    '        - null',
    '  - "x"',
    '  - [1]',
  ])
})
