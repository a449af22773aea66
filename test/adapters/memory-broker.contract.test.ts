import { memory } from '../../src/adapters/memory/store.ts'
import { brokerContract } from '../../src/testing/contracts/broker.ts'

brokerContract('memory', async (options) => {
  const adapter = memory()
  const opened = [await adapter.open(options)]
  return {
    broker: opened[0]!.broker!,
    another: async () => {
      const store = await adapter.open(options)
      opened.push(store)
      return store.broker!
    },
    close: async () => {
      for (const store of opened) await store.close()
    },
  }
})
