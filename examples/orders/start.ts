// `npm start [-- --speed N] [--fresh]`: opens the shop at PORT and replays the sample into it.
import { relative, sep } from 'node:path'
import { parseArgs } from 'node:util'
import { runCommand, stopSignal, WrongUse } from './command-line.ts'
import { deleteStore } from './fresh.ts'
import { shopApp } from './http/app.ts'
import { listen } from './http/serve.ts'
import { openShop } from './open.ts'
import { replay, type Speed } from './replay.ts'
import { hostFrom, portFrom, sampleFile, storeFrom } from './settings.ts'

const usage = 'usage: npm start -- [--speed N] [--fresh]   (N times real time; 0 replays nothing)'

await runCommand(async () => {
  const { speed, fresh } = readArguments()
  const [host, port, store] = [hostFrom(process.env), portFrom(process.env), storeFrom(process.env)]
  if (fresh) deleteStore(store)
  const closing = stopSignal()
  const shop = await openShop(store)
  const { app, feed } = shopApp(shop, closing, (error) => console.error(error))
  const server = await listen(app.fetch, host, port).catch(async (error: unknown) => {
    await shop.stop()
    throw error
  })
  greet(server.url, store)

  const replaying =
    speed === 0
      ? undefined
      : replay(shop, sampleFile, speed, closing, (state) => {
          feed.replay = state
        }).then(sayDone, (error: unknown) => closing.aborted || console.error('The replay broke off.', error))
  if (!closing.aborted) await new Promise((resolve) => closing.addEventListener('abort', resolve, { once: true }))
  console.log('Closing: finishing what is in hand.')
  await server.close()
  await replaying
  await shop.stop()
}, usage)

function readArguments(): { readonly speed: Speed; readonly fresh: boolean } {
  const { values } = parseArgs({ options: { speed: { type: 'string' }, fresh: { type: 'boolean', default: false } } })
  const speed = values.speed === undefined ? 'watchable' : Number(values.speed || NaN)
  if (speed !== 'watchable' && !(speed >= 0 && speed < Infinity))
    throw new WrongUse('--speed takes a number from 0 on.')
  return { speed, fresh: values.fresh }
}

function greet(url: string, store: string): void {
  const json = `-H 'content-type: application/json'`
  console.log(`
The shop is open:  ${url}/
Its events are in  ${placeOf(store)}

Try it in another terminal:
  curl -s ${url}/stock/LAMP/receipts ${json} -d '{"quantity": 5}'
  curl -s ${url}/orders ${json} -d '{"orderId": "mine-1", "customerId": "you", "items": [{"sku": "LAMP", "quantity": 2, "unitPrice": "7.65"}]}'
  curl -s '${url}/orders/mine-1?wait=5s'
  curl -s ${url}/sales/countries
`)
}

function placeOf(store: string): string {
  if (store === ':memory:') return 'memory, and gone when it closes'
  const path = relative(process.cwd(), store)
  return path.startsWith(`..${sep}`) ? store : path
}

function sayDone(found: Awaited<ReturnType<typeof replay>>): void {
  const count = (kind: string): number => found.filter((each) => each.kind === kind).length
  const held = `${count('sale')} orders, ${count('creditNote')} credit notes`
  console.log(`The sample is in: ${held}, ${count('rejected')} line left out.`)
}
