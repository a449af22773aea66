import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { agreesWithModel } from '../../fixtures/model-run.ts'
import { batches } from '../../fixtures/unit-model.ts'

test('random units in memory win and lose exactly as in the model, and leave exactly its data', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (list) => {
      const store = await sqlite(':memory:').open({ clock: systemClock })
      await agreesWithModel([store], list)
      await store.close()
    }),
    { numRuns: 400 },
  )
})

test('the same holds for two stores that are open on one file and commit in turn', async (t) => {
  const folder = folderFor(t)
  let files = 0
  await fc.assert(
    fc.asyncProperty(batches, async (list) => {
      const adapter = sqlite(join(folder, `store-${files++}.db`))
      const stores = [await adapter.open({ clock: systemClock }), await adapter.open({ clock: systemClock })]
      await agreesWithModel(stores, list)
      for (const store of stores) await store.close()
    }),
    { numRuns: 60 },
  )
})
