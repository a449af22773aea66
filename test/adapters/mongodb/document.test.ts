import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BSON, Decimal128 } from 'mongodb'
import { decimal } from 'eventwright'
import { rowDocument, storedRow, type RowDocument } from '../../../src/adapters/mongodb/document.ts'
import type { TableSpec } from '../../../src/ports/views.ts'

const throughBson = (table: TableSpec, row: Record<string, unknown>): unknown => {
  const document = { _id: 'k', row: rowDocument(table, row, { Decimal128 }), applied: 1, revision: 1 }
  return storedRow(table, BSON.deserialize(BSON.serialize(document), { useBigInt64: true }) as RowDocument).row
}
const column = (kind: 'json' | 'decimal', change = {}): TableSpec => ({
  name: 'view_x_1',
  columns: [{ name: 'value', kind, nullable: true, ...change }],
  indexes: [],
  unique: [],
})

test('nested values come back as they were, whatever their names are and however deep they are', () => {
  const odd = fc.constantFrom('%', '$set', 'a.b', '__proto__', '%24', '', '0', 'constructor')
  const json = fc.jsonValue({ depthSize: 'medium' })
  const named = fc.dictionary(fc.oneof(odd, fc.string()), json)
  fc.assert(
    fc.property(fc.oneof(json, named), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value))
      assert.deepEqual(throughBson(column('json'), { value: plain }), { value: plain })
    }),
  )
  let deep: unknown = 'end'
  for (let depth = 0; depth < 49; depth++) deep = { deeper: [deep] }
  assert.deepEqual(throughBson(column('json'), { value: deep }), { value: deep })
})

test('decimals come back as they were', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 33n), max: 10n ** 33n }),
      fc.nat(30),
      fc.boolean(),
      (units, scale, isWide) => {
        const value = decimal.fromUnits(units, scale)
        const table = column('decimal', { precision: isWide ? 60 : 34, scale })
        assert.deepEqual(throughBson(table, { value }), { value })
      },
    ),
  )
})
