import assert from 'node:assert/strict'
import { systemClock } from 'eventwright'
import type { OwnershipRow } from '../../../src/ports/ownership.ts'
import { patience } from '../../fixtures/patience.ts'
import { depot, PlaceOrder } from '../saga-system.fixture.ts'
import { altered, everyStoreKind, overStores } from '../stores.fixture.ts'
import { running, until } from '../running.fixture.ts'

overStores(
  'processes share the consumers of their services, and whoever is left has all of them',
  async (t, adapter) => {
    const shared = altered(adapter, () => ({ shared: true }))
    const first = await running(t, depot, { store: shared, leaseMs: 2_000 })
    const look = await adapter.open({ clock: systemClock })
    t.after(() => look.close())
    const all = async (): Promise<readonly OwnershipRow[]> =>
      (await look.ownership.list()).filter(({ source }) => source !== 'housekeeping')
    const rows = async () => (await all()).filter(({ owner }) => owner !== null)
    const counts = (held: readonly OwnershipRow[]): readonly number[] =>
      [...Map.groupBy(held, ({ owner }) => owner).values()].map((own) => own.length).sort((a, b) => a - b)
    const held = async (): Promise<readonly number[]> => counts(await rows())
    const everything = (await all()).length
    const hasAll = async (): Promise<boolean> => (await held()).join() === String(everything)
    await until('one process has everything', hasAll)
    /** Of each consumer that has several buckets, and of those that have one. */
    const isHalved = async (): Promise<boolean> => {
      const groups = [...Map.groupBy(await rows(), ({ consumer, source }) => `${source} ${consumer}`).values()]
      const single = groups.filter(({ length }) => length === 1).flat()
      return [single, ...groups.filter(({ length }) => length > 1)].every((group) => {
        const [less = 0, more = 0] = counts(group)
        return less + more === group.length && more - less <= 1
      })
    }
    const second = await running(t, depot, { store: shared, leaseMs: 2_000 })
    const place = async (from: number): Promise<void> => {
      for (let number = from; number < from + 10; number++)
        await (number % 2 === 0 ? first : second).execute(
          PlaceOrder({ orderId: String(number), quantity: 1, card: 'good' }),
        )
    }
    await place(0)
    await until('they have a half each', isHalved)
    await place(10)
    assert.ok(await first.caughtUp(patience))
    await second.stop()
    await until('the other has everything', hasAll)
    for (let number = 20; number < 30; number++)
      await first.execute(PlaceOrder({ orderId: String(number), quantity: 1, card: 'good' }))
    assert.ok(await first.caughtUp(patience))
  },
  everyStoreKind,
)
