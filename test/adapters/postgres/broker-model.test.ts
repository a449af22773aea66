import { test } from 'node:test'
import fc from 'fast-check'
import { systemClock } from '../../../src/base/clock.ts'
import { brokersAgree, brokerSteps } from '../../fixtures/broker-model.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'

if (postgresUrl() !== undefined) {
  test('whatever is done in turn to two brokers in one schema, they answer as the model does', async (t) => {
    const { adapter, standAt } = freshPostgres()
    const stores = [await adapter.open({ clock: systemClock }), await adapter.open({ clock: systemClock })]
    t.after(async () => {
      for (const store of stores) await store.close()
    })
    const brokers = stores.map(({ broker }) => broker!)
    await fc.assert(
      fc.asyncProperty(brokerSteps, async (steps) => {
        const time = { nowMs: 1_000, moved: () => standAt(time.nowMs) }
        await time.moved()
        for (const name of ['one', 'two']) await brokers[0]!.remove(name)
        await brokersAgree(brokers, time, steps)
      }),
      { numRuns: 60 },
    )
  })
}
