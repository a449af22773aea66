import assert from 'node:assert/strict'
import { depot, PlaceOrder } from '../saga-system.fixture.ts'
import { altered, everyStoreKind, overStores } from '../stores.fixture.ts'
import { running, until } from '../running.fixture.ts'

overStores(
  'processes share the consumers of their services, and whoever is left has all of them',
  async (t, adapter) => {
    const shared = altered(adapter, () => ({ shared: true }))
    const first = await running(t, depot, { store: shared, leaseMs: 2_000 })
    const held = async (): Promise<readonly number[]> => {
      const owners = (await first.inspect.consumers()).flatMap((consumer) => consumer.owners)
      return [...Map.groupBy(owners, (owner) => owner).values()].map((rows) => rows.length).sort((a, b) => a - b)
    }
    await until('one process has everything', async () => (await held()).length === 1)
    const [everything] = await held()
    const second = await running(t, depot, { store: shared, leaseMs: 2_000 })
    const place = async (from: number): Promise<void> => {
      for (let number = from; number < from + 10; number++)
        await (number % 2 === 0 ? first : second).execute(
          PlaceOrder({ orderId: String(number), quantity: 1, card: 'good' }),
        )
    }
    await place(0)
    await until('they have a half each', async () => {
      const [less = 0, more = 0] = await held()
      return less + more === everything && more - less <= 1
    })
    await place(10)
    assert.ok(await first.caughtUp({ timeoutMs: 20_000 }))
    await second.stop()
    await until('the other has everything', async () => (await held()).join() === String(everything))
    await place(20).catch(() => undefined)
    assert.ok(await first.caughtUp({ timeoutMs: 20_000 }))
  },
  everyStoreKind,
)
