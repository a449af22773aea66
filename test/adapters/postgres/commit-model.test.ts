import { test } from 'node:test'
import fc from 'fast-check'
import { systemClock } from '../../../src/base/clock.ts'
import { agreesWithModel } from '../../fixtures/model-run.ts'
import { freshPostgres, postgresUrl } from '../../fixtures/postgres.ts'
import { torture } from '../../fixtures/torture.ts'
import { batches } from '../../fixtures/unit-model.ts'

const ifServed = postgresUrl() === undefined ? () => undefined : test

ifServed('random units of two processes win and lose exactly as in the model, and leave exactly its data', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (list) => {
      const { adapter, drop } = freshPostgres()
      const stores = [await adapter.open({ clock: systemClock }), await adapter.open({ clock: systemClock })]
      await agreesWithModel(stores, list)
      for (const store of stores) await store.close()
      await drop()
    }),
    { numRuns: torture ? 1_000 : 40 },
  )
})
