// `npm run example:processes [-- --speed N] [--fresh]`: every service of the shop as a process of its own on one store,
// and in front of them the HTTP interface at PORT.
import { runCommand, stopSignal } from './command-line.ts'
import { deleteStore } from './fresh.ts'
import { listen } from './http/serve.ts'
import type { Invoice } from './importer/import-rule.ts'
import type { History } from './importer/take-over.ts'
import { frontApp } from './processes/front.ts'
import { ServiceProcess } from './processes/service-process.ts'
import { greet, readArguments, sayDone, usageOf } from './opening.ts'
import { replay } from './replay.ts'
import { BadSetting, hostFrom, portFrom, sampleFile } from './settings.ts'
import { serviceNames } from './shop/system.ts'
import { storeFrom } from './store-place.ts'

await runCommand(async () => {
  const { speed, fresh } = readArguments()
  const [host, port, store] = [hostFrom(process.env), portFrom(process.env), storeFrom(process.env)]
  if (store === ':memory:') throw new BadSetting('EVENTWRIGHT_STORE is :memory:, which processes cannot share.')
  if (fresh) await deleteStore(store)
  const closing = stopSignal()
  const services = new Map(serviceNames.map((name) => [name, new ServiceProcess(name, store, console.error)]))
  const stop = async (): Promise<void> => void (await Promise.all([...services.values()].map((each) => each.close())))
  try {
    await Promise.all([...services.values()].map((service) => service.ready(closing)))
    const { app, feed } = frontApp(services, closing, console.error)
    const server = await listen(app.fetch, host, port)
    greet(server.url, store)
    const replaying = replay(historyOf(services), sampleFile, speed, closing, (state) => {
      feed.replay = state
    }).then(sayDone, (error: unknown) => closing.aborted || console.error('The replay broke off.', error))
    if (!closing.aborted) await new Promise((resolve) => closing.addEventListener('abort', resolve, { once: true }))
    console.log('Closing: finishing what is in hand.')
    await server.close()
    await replaying
  } finally {
    await stop()
  }
}, usageOf('npm run example:processes'))

/** Goods are a matter of the inventory, everything else of the orders. */
function historyOf(services: ReadonlyMap<string, ServiceProcess>): History {
  const ask =
    (service: string, method: keyof History) =>
    (invoice: Invoice): Promise<never> =>
      services.get(service)!.ask(method, invoice) as Promise<never>
  return { knows: ask('orders', 'knows'), goods: ask('inventory', 'goods'), invoice: ask('orders', 'invoice') }
}
