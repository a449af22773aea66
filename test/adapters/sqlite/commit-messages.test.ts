import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { folderFor } from '../../fixtures/folder.ts'
import { messagesAgreeWithModel, messageSteps } from '../../fixtures/message-model.ts'

test('what random units send, tell sagas and set for later is what the model holds, through trimming and purging', async () => {
  await fc.assert(
    fc.asyncProperty(messageSteps, (steps) =>
      messagesAgreeWithModel(async (clock) => [await sqlite(':memory:').open({ clock })], steps),
    ),
    { numRuns: 300 },
  )
})

test('the same holds for two stores that are open on one file and take turns', async (t) => {
  const folder = folderFor(t)
  let files = 0
  await fc.assert(
    fc.asyncProperty(messageSteps, (steps) => {
      const adapter = sqlite(join(folder, `store-${files++}.db`))
      return messagesAgreeWithModel(
        async (clock) => [await adapter.open({ clock }), await adapter.open({ clock })],
        steps,
      )
    }),
    { numRuns: 40 },
  )
})
