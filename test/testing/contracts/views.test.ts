import { viewsContract } from '../../../src/testing/contracts/views.ts'
import { memoryViews } from '../../fixtures/memory-views.ts'

// What the runtime is tested with where there is no server.
viewsContract('memory views', async ({ clock }) => {
  const views = memoryViews()
  const another = (storeId = 'a store') => views.open({ clock, storeId })
  return { database: await another(), another, close: async () => undefined }
})
