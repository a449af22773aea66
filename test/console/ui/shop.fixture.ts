import { after } from 'node:test'
import { join } from 'node:path'
import { silentLog, start, type Log, type Telemetry } from 'eventwright'
import { consoleHandler, type ConsoleHandler } from 'eventwright/console'
import { brokerAdapterFor, type BrokerPlace } from '../../../examples/orders/broker-place.ts'
import { shopApp } from '../../../examples/orders/http/app.ts'
import { listen } from '../../../examples/orders/http/serve.ts'
import { leaseMs, type Shop } from '../../../examples/orders/open.ts'
import { OutsideError } from '../../../examples/orders/outside/outside-error.ts'
import { wayTo } from '../../../examples/orders/outside/party.ts'
import { ConfirmOrder } from '../../../examples/orders/shop/orders/order.ts'
import { absent, serviceNames, shopWith, type ServiceName } from '../../../examples/orders/shop/system.ts'
import { adapterFor, partiesOf, type StorePlace } from '../../../examples/orders/store-place.ts'
import { usesStore } from '../../examples/orders/store-folder.ts'

/** The order system on a store, with its interface and its console behind a real port. */
export interface ConsoleShop {
  readonly shop: Shop
  readonly handler: ConsoleHandler
  readonly url: string
  close(): Promise<void>
}

/** An address that the mail gateway of these shops refuses, and one that it takes. */
export const [wrongAddress, rightAddress] = ['ada@@example.com', 'ada@example.com']

/** An order that somebody confirms by hand while its card is being declined: its saga can then not cancel it. */
export const confirmedByHand = 'late'

export interface ConsoleShopOptions {
  readonly services?: readonly ServiceName[]
  readonly broker?: BrokerPlace
  readonly log?: Log
  readonly telemetry?: Telemetry
}

/** Opens the shop as its command does, over its real outside parties, with the trouble that incidents are made of. */
export async function openConsoleShop(
  store: StorePlace,
  { services = serviceNames, broker = 'embedded', log = silentLog, telemetry }: ConsoleShopOptions = {},
): Promise<ConsoleShop> {
  const [provider, mail] = [wayTo('provider', partiesOf(store)), wayTo('mail', partiesOf(store))]
  const outside: Shop['outside'] = {
    provider: {
      ...provider,
      async charge(charge, options) {
        if (charge.orderId === confirmedByHand) await running.execute(ConfirmOrder({ orderId: charge.orderId }))
        return provider.charge(charge, options)
      },
    },
    mail: {
      ...mail,
      async send(message, options) {
        if (message.to === wrongAddress)
          throw new OutsideError('outside_refused', `The mail gateway refuses the address ${message.to}.`)
        return mail.send(message, options)
      },
    },
  }
  const running = await start(shopWith(outside), {
    store: adapterFor(store),
    broker: brokerAdapterFor(broker),
    services,
    leaseMs,
    log,
    ...(telemetry && { telemetry }),
  })
  await Promise.all([provider.open(), mail.open()])
  const shop: Shop = { ...running, outside }
  const handler = consoleHandler(shop, { system: 'The shop', local: { who: 'ada' }, services, log })
  const closing = new AbortController()
  const { app } = shopApp(shop, closing.signal, () => undefined, services, handler)
  const server = await listen(app.fetch, '127.0.0.1', 0)
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing.abort()
    closed ??= handler
      .close()
      .then(() => server.close())
      .then(() => running.stop())
      .then(async () => void (await Promise.all([provider.close(), mail.close()])))
    return closed
  }
  after(close)
  usesStore(partiesOf(store), close)
  return { shop, handler, url: server.url, close }
}

/** Services of the shop at work on a store beside others, as a process of their own would be; stops after the file. */
export async function joinShop(store: string, services: readonly ServiceName[]): Promise<{ stop(): Promise<void> }> {
  const running = await start(shopWith(absent), { store: adapterFor(store), services, leaseMs })
  const stop = (): Promise<void> => running.stop()
  after(stop)
  usesStore(store, stop)
  return { stop }
}

/** Takes a picture of the page, light and dark, where EVENTWRIGHT_SHOTS names a folder for them. */
export async function pictured(
  page: {
    emulateMedia(options: { readonly colorScheme: 'light' | 'dark' }): Promise<void>
    screenshot(options: { readonly path: string }): Promise<unknown>
  },
  name: string,
): Promise<void> {
  const folder = process.env['EVENTWRIGHT_SHOTS']
  if (folder === undefined) return
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: join(folder, `incident-${name}-${colorScheme}.png`) })
  }
}
