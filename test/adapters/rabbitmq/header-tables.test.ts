import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderTables } from '../../../src/adapters/rabbitmq/header-tables.ts'

test('messages with the same names in the same order share a table, which holds what the last of them has', () => {
  const tables = new HeaderTables()
  const first = tables.filled({ a: '1', b: '2' })
  assert.deepEqual(first, { a: '1', b: '2' })
  const second = tables.filled({ a: '3', b: '4' })
  assert.equal(second, first)
  assert.deepEqual(second, { a: '3', b: '4' })
  for (const other of [{ b: '5', a: '6' }, { a: '7' }, { a: '8', b: '9', c: '0' }, {}]) {
    const table = tables.filled(other)
    assert.notEqual(table, first)
    assert.deepEqual(Object.entries(table), Object.entries(other))
  }
})

test('what is given stays as it is, and combinations without end are not kept', () => {
  const tables = new HeaderTables()
  const given = { a: '1' }
  const first = tables.filled(given)
  tables.filled({ a: '2' })
  assert.deepEqual(given, { a: '1' })
  for (let n = 0; n < 200; n++) assert.deepEqual(tables.filled({ [`n${n}`]: 'x' }), { [`n${n}`]: 'x' })
  assert.notEqual(tables.filled({ a: '3' }), first)
})
