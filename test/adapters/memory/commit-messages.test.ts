import { test } from 'node:test'
import fc from 'fast-check'
import { memory } from '../../../src/adapters/memory/store.ts'
import { messagesAgreeWithModel, messageSteps } from '../../fixtures/message-model.ts'

test('what random units send, tell sagas and set for later is what the model holds, through trimming and purging', async () => {
  await fc.assert(
    fc.asyncProperty(messageSteps, async (steps) => {
      const adapter = memory()
      await messagesAgreeWithModel(
        async (clock) => [await adapter.open({ clock }), await adapter.open({ clock })],
        steps,
      )
    }),
    { numRuns: 500 },
  )
})
