import { test } from 'node:test'
import fc from 'fast-check'
import { memory } from '../../../src/adapters/memory/store.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { brokersAgree, brokerSteps } from '../../fixtures/broker-model.ts'

test('whatever is done to two brokers in memory, they answer as the model does', async () => {
  await fc.assert(
    fc.asyncProperty(brokerSteps, async (steps) => {
      const time = { nowMs: 1_000 }
      const clock = { ...systemClock, now: () => time.nowMs }
      const adapter = memory()
      const stores = [await adapter.open({ clock }), await adapter.open({ clock })]
      await brokersAgree(
        stores.map(({ broker }) => broker!),
        time,
        steps,
      )
    }),
    { numRuns: 400 },
  )
})
