import { silentLog, start, type Log, type Telemetry } from 'eventwright'
import { wayTo, type Parties, type Way } from './outside/party.ts'
import { absent, serviceNames, shopWith, type ServiceName } from './shop/system.ts'
import { brokerAdapterFor, type BrokerPlace } from './broker-place.ts'
import { adapterFor, partiesOf, type StorePlace } from './store-place.ts'
import { viewsAdapterFor, type ViewsPlace } from './views-place.ts'

/** The event versions that were released: in production the shop does not start when one of them was changed. */
const lockFile = new URL('./shop/eventwright.lock.json', import.meta.url)

/** A killed shop is replaced within this and two seconds: soon enough for the payments that it had in hand. */
export const leaseMs = 3_000

/**
 * Starts the shop, or some of its services, on a SQLite file, in memory or in PostgreSQL, over the broker of the store
 * or one outside, with the rows of views in the store or in MongoDB, and with the outside parties that they need.
 * Stopping it leaves the parties to other processes of the same shop.
 */
export async function openShop(
  store: StorePlace,
  services: readonly ServiceName[] = serviceNames,
  log: Log = silentLog,
  broker: BrokerPlace = 'embedded',
  views: ViewsPlace = 'store',
  telemetry?: Telemetry,
) {
  const ways: Way<object>[] = []
  const way = <Kind extends keyof Parties>(kind: Kind, user: ServiceName): Parties[Kind] => {
    if (!services.includes(user)) return absent[kind]
    const made = wayTo(kind, partiesOf(store))
    ways.push(made)
    return made
  }
  const outside: Parties = { provider: way('provider', 'payments'), mail: way('mail', 'notifications') }
  const leave = async (): Promise<void> => void (await Promise.all(ways.map((each) => each.close())))
  try {
    const places = {
      store: adapterFor(store),
      broker: brokerAdapterFor(broker),
      views: viewsAdapterFor(views, store),
    }
    const shop = shopWith(outside, views === 'store' ? 'inline' : 'async')
    const running = await start(shop, { ...places, services, lockFile, leaseMs, log, telemetry })
    const stop = (): Promise<void> => running.stop().finally(leave)
    // Not before the store is open: nothing is put beside a file that is none.
    await Promise.all(ways.map((each) => each.open())).catch((error: unknown) =>
      stop().then(() => Promise.reject(error)),
    )
    return { ...running, outside, stop, ...(telemetry !== undefined && { telemetry }) }
  } catch (error) {
    await leave()
    throw error
  }
}

/** The running shop. */
export interface Shop extends Awaited<ReturnType<typeof openShop>> {}
