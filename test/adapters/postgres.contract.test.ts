import { storeContract } from '../../src/testing/contracts/store.ts'
import { freshPostgres, postgresUrl } from '../fixtures/postgres.ts'

if (postgresUrl() !== undefined) {
  storeContract('postgres', async (options) => {
    const { adapter, standAt, pass, drop } = freshPostgres()
    const opened = [await adapter.open(options)]
    await standAt(options.clock.now())
    return {
      store: opened[0]!,
      another: async () => {
        const store = await adapter.open(options)
        opened.push(store)
        return store
      },
      pass,
      close: async () => {
        for (const store of opened) await store.close()
        await drop()
      },
    }
  })
}
