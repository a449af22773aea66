import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { brokersAgree, brokerSteps } from '../../fixtures/broker-model.ts'
import { folderFor } from '../../fixtures/folder.ts'

test('whatever is done to a broker in a file in memory, it answers as the model does', async () => {
  await fc.assert(
    fc.asyncProperty(brokerSteps, async (steps) => {
      const time = { nowMs: 1_000 }
      const store = await sqlite(':memory:').open({ clock: { ...systemClock, now: () => time.nowMs } })
      await brokersAgree([store.broker!], time, steps)
      await store.close()
    }),
    { numRuns: 300 },
  )
})

test('the same holds for two that are open on one file and are used in turn', async (t) => {
  const folder = folderFor(t)
  let files = 0
  await fc.assert(
    fc.asyncProperty(brokerSteps, async (steps) => {
      const time = { nowMs: 1_000 }
      const clock = { ...systemClock, now: () => time.nowMs }
      const adapter = sqlite(join(folder, `store-${files++}.db`))
      const stores = [await adapter.open({ clock }), await adapter.open({ clock })]
      await brokersAgree(
        stores.map(({ broker }) => broker!),
        time,
        steps,
      )
      for (const store of stores) await store.close()
    }),
    { numRuns: 40 },
  )
})
