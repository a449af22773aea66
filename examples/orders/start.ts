// `npm start [-- --speed N] [--fresh]`: opens the shop at PORT and replays the sample into it.
import { runCommand, stopSignal } from './command-line.ts'
import { deleteStore } from './fresh.ts'
import { shopApp } from './http/app.ts'
import { listen } from './http/serve.ts'
import { historyOf } from './importer/take-over.ts'
import { shopLog } from './log.ts'
import { openShop } from './open.ts'
import { greet, readArguments, sayDone, usageOf } from './opening.ts'
import { replay } from './replay.ts'
import { hostFrom, portFrom, sampleFile } from './settings.ts'
import { serviceNames } from './shop/system.ts'
import { storeFrom } from './store-place.ts'

await runCommand(async () => {
  const { speed, fresh } = readArguments()
  const [host, port, store] = [hostFrom(process.env), portFrom(process.env), storeFrom(process.env)]
  if (fresh) await deleteStore(store)
  const closing = stopSignal()
  const shop = await openShop(store, serviceNames, shopLog)
  const { app, feed } = shopApp(shop, closing, (error) => console.error(error))
  const server = await listen(app.fetch, host, port).catch(async (error: unknown) => {
    await shop.stop()
    throw error
  })
  greet(server.url, store)

  const replaying = replay(historyOf(shop, closing), sampleFile, speed, closing, (state) => {
    feed.replay = state
  }).then(sayDone, (error: unknown) => closing.aborted || console.error('The replay broke off.', error))
  if (!closing.aborted) await new Promise((resolve) => closing.addEventListener('abort', resolve, { once: true }))
  console.log('Closing: finishing what is in hand.')
  await server.close()
  await replaying
  await shop.stop()
}, usageOf('npm start'))
