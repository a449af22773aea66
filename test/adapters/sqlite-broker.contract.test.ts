import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import { brokerContract } from '../../src/testing/contracts/broker.ts'

brokerContract('sqlite', async (options) => {
  const folder = mkdtempSync(join(tmpdir(), 'eventwright-broker-'))
  const adapter = sqlite(join(folder, 'store.db'))
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
      rmSync(folder, { recursive: true, force: true })
    },
  }
})
