import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { sqliteDialect } from '../../../src/adapters/sqlite/view-table.ts'
import { pageTail } from '../../../src/adapters/sql/row-query.ts'
import { systemClock } from '../../../src/base/clock.ts'
import type { RowQuery } from '../../../src/ports/views.ts'
import { inbox, put, table } from '../../../src/testing/contracts/store-case.ts'

test('pages in the order of an indexed column, and rows with a value of one, are found by the index without sorting', async () => {
  const store = await sqlite(':memory:').open({ clock: systemClock })
  await store.views.ensure(table())
  const plan = async (query: Partial<RowQuery>): Promise<string> => {
    const { sql, parameters } = pageTail(table(), { where: [], limit: 10, ...query }, sqliteDialect)
    const rows = await store.query(`explain query plan select ew_key ${sql}`, parameters)
    return rows.map((row) => row['detail']).join(' | ')
  }
  assert.match(
    await plan({ where: [{ column: 'size', is: 'eq', value: 5 }] }),
    /SEARCH .* USING INDEX view_things_1_i0 \(size=\?\)$/,
  )
  assert.match(
    await plan({ where: [{ column: 'size', is: 'eq', value: 5 }], after: { key: 'k' } }),
    /\(size=\? AND ew_key>\?\)$/,
  )
  assert.match(
    await plan({ orderBy: 'size', after: { key: 'k', value: 5 } }),
    /SEARCH .* USING INDEX view_things_1_i0 \(\(size,ew_key\)>\(\?,\?\)\)$/,
  )
  assert.match(await plan({ orderBy: 'size', descending: true }), /USING INDEX view_things_1_i0$/)
  await store.close()
})

test('decimals are stored so that SQL compares and adds them: scaled integers up to 18 digits', async () => {
  const store = await sqlite(':memory:').open({ clock: systemClock })
  const prices = table('view_prices_1', {
    columns: [
      { name: 'price', kind: 'decimal', nullable: false, precision: 18, scale: 3 },
      { name: 'long', kind: 'long', nullable: false },
    ],
    indexes: [],
  })
  await store.views.ensure(prices)
  const rows = ['999999999999999.999', '-0.001', '12.000'].map((price, index) => ({
    ...put(`k${index}`, { price, long: 1n }),
    table: 'view_prices_1',
  }))
  await store.commit([
    {
      inbox: [inbox('a')],
      rows: rows.map(({ row, ...rest }) => ({ ...rest, row: { price: row?.['price'], long: 1n } })),
    },
  ])
  const [sum] = await store.query(
    'select sum(price) as units, typeof(max(price)) as type, min(typeof(long)) as long from view_prices_1',
    [],
  )
  assert.deepEqual({ ...sum }, { units: 1_000_000_000_000_011_998n, type: 'integer', long: 'integer' })
  await store.close()
})
