import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PostgresDriver } from '../../../src/adapters/postgres/driver.ts'
import { settingsOf } from '../../../src/adapters/postgres/settings.ts'
import { rejects } from '../../../src/testing/contracts/store-case.ts'
import { postgresUrl } from '../../fixtures/postgres.ts'

const url = postgresUrl()

async function driver(options: Parameters<typeof settingsOf>[1] = { poolSize: 1 }): Promise<PostgresDriver> {
  return PostgresDriver.create(settingsOf(url!, options))
}

if (url !== undefined) {
  test('values come back as what they were, the first time and every other, prepared or not', async (t) => {
    const both = [await driver(), await driver({ poolSize: 1, prepare: false })]
    t.after(() => Promise.all(both.map((each) => each.close())))
    const text = fc
      .string({ unit: 'binary', maxLength: 30 })
      .filter((each) => !each.includes('\0') && each.isWellFormed())
    const row = fc.record({
      text: fc.option(text),
      whole: fc.option(fc.maxSafeInteger()),
      small: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      truth: fc.option(fc.boolean()),
      bytes: fc.option(fc.uint8Array({ maxLength: 20 })),
      number: fc.option(fc.double({ noNaN: true })),
      rows: fc.integer({ min: 0, max: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(row, fc.nat(1), async ({ text, whole, small, truth, bytes, number, rows }, which) => {
        const values = [text, whole, small, truth, bytes, number]
        const found = await both[which]!.all(
          'select ?::text, ?::bigint, ?::int, ?::boolean, ?::bytea, ?::float8 from generate_series(1, ?)',
          ...values,
          rows,
        )
        const expected = values.map((each) => (Object.is(each, -0) ? 0 : each))
        assert.deepEqual(
          found,
          Array.from({ length: rows }, () => expected),
        )
      }),
    )
  })

  test('integers that no number holds stay text, and what changes rows says how many', async (t) => {
    const on = await driver()
    t.after(() => on.close())
    assert.deepEqual(await on.all('select ?::bigint', '9223372036854775807'), [['9223372036854775807']])
    await on.transaction(async (within) => {
      await within.script('create temporary table few (n int) on commit drop')
      for (const count of [3, 0, 2])
        assert.equal(await within.run('insert into few select n from generate_series(1, ?) n', count), count)
      assert.equal(await within.run('delete from few where n = ?', 1), 2)
      assert.deepEqual(await within.all('insert into few select 7 where ?::boolean', false), [])
    })
  })

  test('a statement that fails at its first call is right at the next one on the same connection', async (t) => {
    const on = await driver()
    t.after(() => on.close())
    const divide = "select 10 / ?::int as quotient, 'x'::text"
    await on.transaction(async (within) => {
      for (const [by, quotient] of [
        [0, undefined],
        [5, 2],
        [0, undefined],
        [2, 5],
      ] as const) {
        await within.script('savepoint before')
        if (quotient === undefined) await rejects(within.all(divide, by), 'EW_STORE_FAILED')
        else assert.deepEqual(await within.all(divide, by), [[quotient, 'x']])
        await within.script('rollback to savepoint before')
      }
      await within.script('savepoint before')
      await rejects(within.all('select of nothing where ?', 1), 'EW_STORE_FAILED')
      await within.script('rollback to savepoint before')
      assert.deepEqual(await within.all('select 1'), [[1]])
    })
  })

  test('many calls at once get their own answers', async (t) => {
    const on = await driver({ poolSize: 3 })
    t.after(() => on.close())
    const numbers = Array.from({ length: 200 }, (_, n) => n)
    const ask = (n: number): Promise<unknown> =>
      n % 7 === 0 ? on.all('select 1 / ?::int', 0).catch(() => n) : on.all('select ?::int', n).then(([row]) => row![0])
    assert.deepEqual(await Promise.all(numbers.map(ask)), numbers)
  })

  test('nobody waits for ever for a server that does not answer', async (t) => {
    const on = await driver({ poolSize: 1, statementTimeoutMs: 300, connectTimeoutMs: 2_000 })
    t.after(() => on.close())
    await rejects(on.all('select pg_sleep(?::int)', 20), 'EW_STORE_BUSY')
    assert.deepEqual(await on.all('select 1'), [[1]])
  })
}
