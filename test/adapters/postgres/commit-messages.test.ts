import { test } from 'node:test'
import fc from 'fast-check'
import { messagesAgreeWithModel, messageSteps } from '../../fixtures/message-model.ts'
import { postgresUrl } from '../../fixtures/postgres.ts'
import { postgresOnClock } from '../../fixtures/postgres-on-clock.ts'
import { torture } from '../../fixtures/torture.ts'

const ifServed = postgresUrl() === undefined ? () => undefined : test

ifServed('what units of two processes send, tell sagas and set for later is what the model holds', async () => {
  await fc.assert(
    fc.asyncProperty(messageSteps, (steps) => {
      const adapter = postgresOnClock()
      return messagesAgreeWithModel(
        async (clock) => [await adapter.open({ clock }), await adapter.open({ clock })],
        steps,
      )
    }),
    { numRuns: torture ? 500 : 25 },
  )
})
