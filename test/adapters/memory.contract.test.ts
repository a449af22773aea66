import { memory } from '../../src/adapters/memory/store.ts'
import { storeContract } from '../../src/testing/contracts/store.ts'

storeContract('memory', async (options) => {
  const adapter = memory()
  const opened = [await adapter.open(options)]
  return {
    store: opened[0]!,
    another: async () => {
      const store = await adapter.open(options)
      opened.push(store)
      return store
    },
    close: async () => {
      for (const store of opened) await store.close()
    },
  }
})
