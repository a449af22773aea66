// `node service.ts NAME…`: services of the shop in a process of their own. Its parent asks it over HTTP and IPC, and
// when the parent is gone it ends.
import { brokerFrom } from '../broker-place.ts'
import { runCommand, stopSignal } from '../command-line.ts'
import { shopApp } from '../http/app.ts'
import { listen } from '../http/serve.ts'
import { historyOf } from '../importer/take-over.ts'
import { shopLog } from '../log.ts'
import { openShop } from '../open.ts'
import type { ServiceName } from '../shop/system.ts'
import { storeFrom } from '../store-place.ts'
import { tracingFrom } from '../tracing.ts'
import { viewsFrom } from '../views-place.ts'
import { answerAsked, tellUrl } from './talk.ts'

const names = process.argv.slice(2) as ServiceName[]

await runCommand(async () => {
  const closing = AbortSignal.any([stopSignal(), parentIsGone()])
  const places = [brokerFrom(process.env), viewsFrom(process.env)] as const
  const tracing = await tracingFrom(process.env, names[0] ?? 'none')
  const shop = await openShop(storeFrom(process.env), names, shopLog, ...places, tracing.telemetry)
  const { app } = shopApp(shop, closing, (error) => console.error(names.join(), error), names)
  const server = await listen(app.fetch, '127.0.0.1', 0)
  answerAsked(historyOf(shop, closing))
  tellUrl(server.url)
  if (!closing.aborted) await new Promise((resolve) => closing.addEventListener('abort', resolve, { once: true }))
  await server.close()
  await shop.stop()
  await tracing.close()
  if (process.connected) process.disconnect()
}, 'usage: node service.ts NAME…')

function parentIsGone(): AbortSignal {
  const gone = new AbortController()
  process.once('disconnect', () => gone.abort())
  return gone.signal
}
