// `node service.ts NAME`: one service of the shop, a process of its own. Its parent asks it over HTTP and IPC, and
// when the parent is gone it ends.
import { runCommand, stopSignal } from '../command-line.ts'
import { shopApp } from '../http/app.ts'
import { listen } from '../http/serve.ts'
import { historyOf } from '../importer/take-over.ts'
import { shopLog } from '../log.ts'
import { openShop } from '../open.ts'
import type { ServiceName } from '../shop/system.ts'
import { storeFrom } from '../store-place.ts'
import { answerAsked, tellUrl } from './talk.ts'

const name = process.argv[2] as ServiceName

await runCommand(async () => {
  const closing = AbortSignal.any([stopSignal(), parentIsGone()])
  const shop = await openShop(storeFrom(process.env), [name], shopLog)
  const { app } = shopApp(shop, closing, (error) => console.error(name, error), [name])
  const server = await listen(app.fetch, '127.0.0.1', 0)
  answerAsked(historyOf(shop, closing))
  tellUrl(server.url)
  if (!closing.aborted) await new Promise((resolve) => closing.addEventListener('abort', resolve, { once: true }))
  await server.close()
  await shop.stop()
  if (process.connected) process.disconnect()
}, 'usage: node service.ts NAME')

function parentIsGone(): AbortSignal {
  const gone = new AbortController()
  process.once('disconnect', () => gone.abort())
  return gone.signal
}
