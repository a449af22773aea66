import { brokerContract } from '../../src/testing/contracts/broker.ts'
import { freshPostgres, postgresUrl } from '../fixtures/postgres.ts'

if (postgresUrl() !== undefined) {
  brokerContract('postgres', async (options) => {
    const { adapter, standAt, pass, drop } = freshPostgres()
    const opened = [await adapter.open(options)]
    await standAt(options.clock.now())
    return {
      broker: opened[0]!.broker!,
      another: async () => {
        const store = await adapter.open(options)
        opened.push(store)
        return store.broker!
      },
      pass,
      close: async () => {
        for (const store of opened) await store.close()
        await drop()
      },
    }
  })
}
