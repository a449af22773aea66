import type { ConsoleHandler } from 'eventwright/console'
import { relative, sep } from 'node:path'
import { parseArgs } from 'node:util'
import { WrongUse } from './command-line.ts'
import type { replay, Speed } from './replay.ts'
import { adapterFor, type StorePlace } from './store-place.ts'

/** How a command that opens the shop is used. */
export function usageOf(command: string): string {
  return `usage: ${command} -- [--speed N] [--fresh]   (N times real time; 0 replays nothing)`
}

/** Reads `--speed` and `--fresh`. Error: `WrongUse`. */
export function readArguments(): { readonly speed: Speed; readonly fresh: boolean } {
  const { values } = parseArgs({ options: { speed: { type: 'string' }, fresh: { type: 'boolean', default: false } } })
  const speed = values.speed === undefined ? 'watchable' : Number(values.speed || NaN)
  if (speed !== 'watchable' && !(speed >= 0 && speed < Infinity))
    throw new WrongUse('--speed takes a number from 0 on.')
  return { speed, fresh: values.fresh }
}

/** Says where the shop is and what can be tried. */
export function greet(url: string, store: StorePlace, operators?: ConsoleHandler): void {
  const json = `-H 'content-type: application/json'`
  console.log(`
The shop is open:  ${url}/shop
${operators === undefined ? '' : `Console: ${operators.link(url)}\n`}Its events are in  ${placeOf(store)}

Try it in another terminal:
  curl -s ${url}/stock/LAMP/receipts ${json} -d '{"quantity": 5}'
  curl -s ${url}/orders ${json} -d '{"orderId": "mine-1", "customerId": "you", "items": [{"sku": "LAMP", "quantity": 2, "unitPrice": "7.65"}]}'
  curl -s '${url}/orders/mine-1?wait=5s'
  curl -s ${url}/sales/countries
`)
}

function placeOf(store: StorePlace): string {
  if (typeof store !== 'string') return adapterFor(store).name
  if (store === ':memory:') return 'memory, and gone when it closes'
  const path = relative(process.cwd(), store)
  return path.startsWith(`..${sep}`) ? store : path
}

/** Says what the replayed file held. */
export function sayDone(found: Awaited<ReturnType<typeof replay>>): void {
  if (found === undefined) return
  const count = (kind: string): number => found.filter((each) => each.kind === kind).length
  const held = `${count('sale')} orders, ${count('creditNote')} credit notes`
  console.log(`The sample is in: ${held}, ${count('rejected')} line left out.`)
}
