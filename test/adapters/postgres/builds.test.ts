import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'

if (postgresUrl() !== undefined) {
  test('of generations that are added at once, one is built for each identity, and one is read', async (t) => {
    const { adapter, drop } = freshPostgres()
    const stores = [await adapter.open({ clock: systemClock }), await adapter.open({ clock: systemClock })]
    t.after(async () => {
      for (const store of stores) await store.close()
      await drop()
    })
    for (let round = 0; round < 25; round++) {
      const view = `things-${round}`
      const identities = ['x', 'y', 'x', 'y']
      const added = await Promise.all(
        identities.map((identity, index) =>
          stores[(index % 2) ^ (index >> 1)]!.builds.add({ view, version: 1, identity, textHash: 't' }),
        ),
      )
      assert.deepEqual(
        added.map(({ identity }) => identity),
        identities,
      )
      assert.deepEqual([...new Set(added.map(({ generation }) => generation))].sort(), [1, 2])
      const activated = await Promise.all([1, 2, 1].map((to, index) => stores[index % 2]!.builds.activate(view, 0, to)))
      assert.equal(activated.filter(Boolean).length, 1)
      const active = (await stores[0]!.builds.list(view)).filter(({ state }) => state === 'active')
      assert.equal(active.length, 1)
    }
  })
}
