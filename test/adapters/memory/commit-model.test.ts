import { test } from 'node:test'
import fc from 'fast-check'
import { memory } from '../../../src/adapters/memory/store.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { agreesWithModel } from '../../fixtures/model-run.ts'
import { batches } from '../../fixtures/unit-model.ts'

test('random units win and lose exactly as in the model, and leave exactly its data', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (list) => {
      const store = await memory().open({ clock: systemClock })
      await agreesWithModel([store], list)
      await store.close()
    }),
    { numRuns: 1_500 },
  )
})
