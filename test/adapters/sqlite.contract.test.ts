import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import { storeContract } from '../../src/testing/contracts/store.ts'

storeContract('sqlite', async (options) => {
  const folder = mkdtempSync(join(tmpdir(), 'eventwright-store-'))
  const adapter = sqlite(join(folder, 'store.db'))
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
      rmSync(folder, { recursive: true, force: true })
    },
  }
})
