import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import pg from 'pg'
import { int4Array, int8Array, jsonArray, textArray, uuidArray } from '../../../src/adapters/postgres/binary-array.ts'
import { postgresUrl } from '../../fixtures/postgres.ts'

const url = postgresUrl()

if (url !== undefined)
  test('the server reads back from binary arrays what was put into them', async (t) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    t.after(() => client.end())
    const text = fc
      .string({ unit: 'binary', maxLength: 40 })
      .filter((each) => !each.includes('\0') && each.isWellFormed())
    const lists = fc.record({
      small: fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      large: fc.array(fc.maxSafeInteger()),
      ids: fc.array(fc.uuid()),
      texts: fc.array(text),
      data: fc.array(fc.json()),
    })
    await fc.assert(
      fc.asyncProperty(lists, async ({ small, large, ids, texts, data }) => {
        const values = [int4Array(small), int8Array(large), uuidArray(ids), textArray(texts), jsonArray(data)]
        const sql =
          'select array_to_json($1::int[])::text, $2::bigint[]::text[], $3::uuid[]::text[], $4::text[], $5::json[]::text[]'
        const { rows } = await client.query({ text: sql, values, rowMode: 'array' })
        assert.deepEqual(rows[0], [JSON.stringify(small), large.map((each) => String(each)), ids, texts, data])
      }),
    )
  })

test('an array of nothing has no elements and says of which type they would be', () => {
  for (const [bytes, oid] of [
    [int4Array([]), 23],
    [int8Array([]), 20],
    [uuidArray([]), 2950],
    [textArray([]), 25],
    [jsonArray([]), 114],
  ] as const)
    assert.deepEqual([...Buffer.from(bytes).subarray(8)], [0, 0, oid >> 8, oid & 255, 0, 0, 0, 0, 0, 0, 0, 1])
})
