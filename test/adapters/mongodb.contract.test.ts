import type { ViewDatabase } from '../../src/ports/views-apart.ts'
import { viewsContract } from '../../src/testing/contracts/views.ts'
import { freshMongodb, textOrder } from '../fixtures/fresh-mongodb.ts'
import { mongodbUrl } from '../fixtures/mongodb.ts'

if (mongodbUrl() !== undefined) {
  viewsContract('mongodb', async ({ clock }) => {
    const { adapter, client, database, drop } = freshMongodb()
    const opened: ViewDatabase[] = []
    const another = async (storeId = 'a store'): Promise<ViewDatabase> => {
      const next = await adapter.open({ clock, storeId })
      opened.push(next)
      return next
    }
    return {
      database: await another(),
      compareText: await textOrder(client, database),
      another,
      async close() {
        for (const each of opened) await each.close()
        await drop()
      },
    }
  })
}
