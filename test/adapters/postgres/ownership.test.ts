import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import pg from 'pg'
import type { Store } from '../../../src/ports/store.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { freshPostgres, postgresUrl, type FreshPostgres } from '../../fixtures/postgres.ts'

async function twoStores(t: TestContext): Promise<readonly [Store, Store, FreshPostgres]> {
  const fresh = freshPostgres()
  const stores = [await fresh.adapter.open({ clock: systemClock }), await fresh.adapter.open({ clock: systemClock })]
  t.after(async () => {
    for (const store of stores) await store.close()
    await fresh.drop()
  })
  return [stores[0]!, stores[1]!, fresh]
}

if (postgresUrl() !== undefined) {
  test('a claim passes by a bucket that a commit has in hand, and takes it later', async (t) => {
    const [store, , { url, schema }] = await twoStores(t)
    await store.ownership.ensure('orders', 'log', 3, 0)
    const client = new pg.Client(url)
    await client.connect()
    try {
      await client.query(`begin; select 1 from ${schema}.ew_ownership where bucket = 1 for update`)
      const first = await store.ownership.claim('orders', 'log', 'w1', 60_000)
      assert.deepEqual(
        first.map(({ bucket, epoch }) => [bucket, epoch]),
        [
          [0, 1],
          [2, 1],
        ],
      )
      await client.query('rollback')
    } finally {
      await client.end()
    }
    const later = await store.ownership.claim('orders', 'log', 'w2', 60_000)
    assert.deepEqual(
      later.map(({ bucket, epoch }) => [bucket, epoch]),
      [[1, 1]],
    )
  })

  test('buckets that two make, claim and renew at once have one owner each, and nobody waits in a circle', async (t) => {
    const [one, two] = await twoStores(t)
    for (let round = 0; round < 25; round++) {
      const consumer = `orders-${round}`
      await Promise.all([one, two].map((store) => store.ownership.ensure(consumer, 'log', 8, 0)))
      const [ofOne, ofTwo] = await Promise.all([
        one.ownership.claim(consumer, 'log', 'w1', 60_000),
        two.ownership.claim(consumer, 'log', 'w2', 60_000),
      ])
      const held = [...ofOne, ...ofTwo]
      assert.deepEqual(
        held.map(({ bucket, epoch }) => `${bucket} ${epoch}`).sort(),
        Array.from({ length: 8 }, (_, bucket) => `${bucket} 1`),
      )
      const renewed = await Promise.all([
        one.ownership.renew(held, 60_000),
        two.ownership.renew([...held].reverse(), 60_000),
      ])
      assert.deepEqual(
        renewed.map(({ length }) => length),
        [8, 8],
      )
    }
  })
}
