import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { openShop, type Shop } from '../../examples/orders/open.ts'
import { until } from '../runtime/running.fixture.ts'

/** Every row of every active view in a store file, without what may differ between runs: positions and generations. */
export function viewRows(file: string): Record<string, unknown[]> {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 })
  try {
    const active = database.prepare(`select view, generation from ew_views where state = 'active' order by view`).all()
    return Object.fromEntries(
      active.map(({ view, generation }) => {
        const table = `view_${String(view).replaceAll(/[^A-Za-z0-9_]/g, '_')}_${String(generation)}`
        const rows = database
          .prepare(`select * from "${table}"`)
          .all()
          .map(({ ew_applied: _, ...row }) => JSON.stringify(row))
        return [String(view), rows.sort()]
      }),
    )
  } finally {
    database.close()
  }
}

/** Builds every view of a store file anew from its events; what was there before must not differ. */
export async function assertViewsEqualReplay(
  file: string,
  open: () => Promise<Shop> = () => openShop(file),
): Promise<void> {
  const before = viewRows(file)
  const shop = await open()
  try {
    for (const view of Object.keys(before)) {
      const generation = await shop.operate.rebuild(view)
      await until(`${view} is replayed`, async () => (await activeGenerations(shop)).get(view) === generation, 60_000)
    }
    assert.deepEqual(await shop.inspect.deadLetters.list({ limit: 10 }), [])
    for await (const { findings } of shop.inspect.verify()) assert.deepEqual(findings, [])
  } finally {
    await shop.stop()
  }
  assert.deepEqual(before, viewRows(file))
}

async function activeGenerations(shop: Shop): Promise<Map<string, number>> {
  const active = (await shop.inspect.views()).filter(({ state }) => state === 'active')
  return new Map(active.map(({ view, generation }) => [view, generation]))
}
