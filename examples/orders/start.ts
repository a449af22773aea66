// `npm start [-- --speed N] [--fresh]`: opens the shop at PORT and replays the sample into it.
import { brokerFrom } from './broker-place.ts'
import { runCommand, stopSignal } from './command-line.ts'
import { deleteStore } from './fresh.ts'
import { shopApp } from './http/app.ts'
import { listen } from './http/serve.ts'
import { historyOf } from './importer/take-over.ts'
import { shopLog } from './log.ts'
import { openShop } from './open.ts'
import { greet, readArguments, sayDone, usageOf } from './opening.ts'
import { consoleOf } from './operators.ts'
import { replay } from './replay.ts'
import { hostFrom, portFrom, sampleFile } from './settings.ts'
import { serviceNames } from './shop/system.ts'
import { storeFrom } from './store-place.ts'
import { tracingFrom } from './tracing.ts'
import { deleteViews, viewsFrom } from './views-place.ts'

await runCommand(async () => {
  const { speed, fresh } = readArguments()
  const [host, port, store] = [hostFrom(process.env), portFrom(process.env), storeFrom(process.env)]
  const views = viewsFrom(process.env)
  if (fresh) await Promise.all([deleteStore(store), deleteViews(views, store)])
  const closing = stopSignal()
  const tracing = await tracingFrom(process.env, 'shop')
  const shop = await openShop(store, serviceNames, shopLog, brokerFrom(process.env), views, tracing.telemetry)
  const operators = consoleOf(shop, host)
  const { app, feed } = shopApp(shop, closing, (error) => console.error(error), serviceNames, operators)
  const server = await listen(app.fetch, host, port).catch(async (error: unknown) => {
    await shop.stop()
    throw error
  })
  greet(server.url, store, operators)

  const replaying = replay(historyOf(shop, closing), sampleFile, speed, closing, (state) => {
    feed.replay = state
  }).then(sayDone, (error: unknown) => closing.aborted || console.error('The replay broke off.', error))
  if (!closing.aborted) await new Promise((resolve) => closing.addEventListener('abort', resolve, { once: true }))
  console.log('Closing: finishing what is in hand.')
  await Promise.all([operators?.close(), server.close()])
  await replaying
  await shop.stop()
  await tracing.close()
}, usageOf('npm start'))
