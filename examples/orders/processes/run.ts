import { stopSignal } from '../command-line.ts'
import { deleteStore } from '../fresh.ts'
import { listen } from '../http/serve.ts'
import type { Invoice } from '../importer/import-rule.ts'
import type { History } from '../importer/take-over.ts'
import { greet, readArguments, sayDone } from '../opening.ts'
import { replay } from '../replay.ts'
import { hostFrom, portFrom, sampleFile } from '../settings.ts'
import type { ServiceName } from '../shop/system.ts'
import type { StorePlace } from '../store-place.ts'
import { tracingFrom } from '../tracing.ts'
import { deleteViews } from '../views-place.ts'
import { frontApp } from './front.ts'
import { ServiceProcess, type ProcessPlan } from './service-process.ts'

/** Runs processes that together are the shop, and in front of them the HTTP interface at PORT. */
export async function runProcesses(plans: readonly ProcessPlan[], shown: StorePlace): Promise<void> {
  const { speed, fresh } = readArguments()
  const [host, port] = [hostFrom(process.env), portFrom(process.env)]
  if (fresh)
    for (const { store, views } of storesOf(plans)) await Promise.all([deleteStore(store), deleteViews(views, store)])
  const closing = stopSignal()
  const tracing = await tracingFrom(process.env, 'front')
  const processes = plans.map((plan) => new ServiceProcess(plan, console.error))
  const services = new Map(processes.flatMap((each) => each.services.map((name) => [name, each] as const)))
  const stop = async (): Promise<void> => void (await Promise.all(processes.map((each) => each.close())))
  try {
    await Promise.all(processes.map((each) => each.ready(closing)))
    const { app, feed } = frontApp(services, closing, console.error, tracing.telemetry)
    const server = await listen(app.fetch, host, port)
    greet(server.url, shown)
    const replaying = replay(historyOf(services), sampleFile, speed, closing, (state) => {
      feed.replay = state
    }).then(sayDone, (error: unknown) => closing.aborted || console.error('The replay broke off.', error))
    if (!closing.aborted) await new Promise((resolve) => closing.addEventListener('abort', resolve, { once: true }))
    console.log('Closing: finishing what is in hand.')
    await server.close()
    await replaying
  } finally {
    await stop()
    await tracing.close()
  }
}

/** Each store once, however many processes share it. */
function storesOf(plans: readonly ProcessPlan[]): Iterable<ProcessPlan> {
  return new Map(plans.map((plan) => [JSON.stringify(plan.store), plan])).values()
}

/** Goods are a matter of the inventory, everything else of the orders. */
function historyOf(services: ReadonlyMap<ServiceName, ServiceProcess>): History {
  const ask =
    (service: ServiceName, method: keyof History) =>
    (invoice: Invoice): Promise<never> =>
      services.get(service)!.ask(method, invoice) as Promise<never>
  return { knows: ask('orders', 'knows'), goods: ask('inventory', 'goods'), invoice: ask('orders', 'invoice') }
}
