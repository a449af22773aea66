import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { silentLog, start, type ViewVerdict } from 'eventwright'
import { dropPostgres } from 'eventwright/postgres'
import { brokerAdapterFor, type BrokerPlace } from '../../examples/orders/broker-place.ts'
import { leaseMs, openShop, type Shop } from '../../examples/orders/open.ts'
import type { ServiceName } from '../../examples/orders/shop/system.ts'
import { adapterFor, partiesOf, partOf, storeFrom, type StorePlace } from '../../examples/orders/store-place.ts'
import { folderOfStores, usesStore } from '../examples/orders/store-folder.ts'
import { startChild } from '../fixtures/child.ts'
import { cutProxy, type CutProxy } from '../fixtures/cut-proxy.ts'
import { freshPostgres, postgresUrl } from '../fixtures/postgres.ts'
import { copiedBeside } from './copied-store.ts'
import { breaking, comingAndGoing, cutting } from './disturbances.ts'
import { longerSample } from './longer-sample.ts'
import { assertBalanced } from './orders-ledger.ts'
import { assertDelivered, assertSeenInOrder } from './orders-told.ts'
import { assertViewsEqualReplay } from './orders-views.ts'
import { storm, type Mortal } from './storm.ts'
import { watchedShop } from './witness.ts'

/** As `npm run example:kafka` has them. */
const groups: readonly (readonly ServiceName[])[] = [
  ['orders'],
  ['inventory'],
  ['payments'],
  ['analytics', 'shipping', 'notifications'],
]
const limit = 1_000
const patienceMs = 120_000

/** How the shop is run apart, and what is done to it. */
export interface ApartShop {
  /** The broker as the processes reach it, through proxies, and without them. */
  readonly broker: BrokerPlace
  readonly direct: BrokerPlace
  readonly proxies: readonly CutProxy[]
  /** `postgres` gives each process a schema of its own. */
  readonly stores: 'postgres' | 'sqlite'
  /** How often the sample is imported, and how many orders are placed beside it. */
  readonly copies: number
  readonly placed: number
  readonly kills: number
  readonly visits: number
  readonly breaks: number
  /** Breaks the broker and brings it back. */
  harm(round: number, signal: AbortSignal): Promise<void>
}

/**
 * Lets the shop trade as four processes with stores of their own, and a witness as a fifth. Processes are killed, the
 * broker is broken, connections are cut and partitions go to and fro. In the end every order is decided and the books
 * of the outside balance; what was told has come to everybody once and in order; and views are what a replay gives.
 */
export async function tradeApart(t: TestContext, run: ApartShop): Promise<void> {
  const folder = folderOfStores(t)
  const { direct, proxies, through } = await storesFor(t, run, folder)
  const invoices = longerSample(folder, run.copies)
  const placeOf = (service: ServiceName): StorePlace => partOf(direct, nameOf(service))
  const orders = 61 * run.copies + run.placed
  const begin = (fixture: string, store: StorePlace, ...args: readonly string[]) => {
    const child = startChild(fixture, JSON.stringify(through(store)), ...args, run.broker)
    usesStore(partiesOf(store), () => (child.process.kill('SIGKILL'), child.ended))
    return child
  }
  const goods = JSON.stringify(placeOf('inventory'))
  const trading = (services: readonly ServiceName[], file: string, placed: number): Mortal => {
    const name = services.join('+')
    return { name, begin: () => begin('trading-service', placeOf(services[0]!), goods, file, `${placed}`, name) }
  }
  const witness: Mortal = { name: 'witness', begin: () => begin('witnessing-process', partOf(direct, 'witness')) }
  // Processes on one file stand by for each other, and share nothing.
  const guests = [witness, ...groups.slice(1).map((services) => trading(services, '', 0))]
  await makeKnown(witness)
  const told = await storm({
    storeOf: placeOf,
    orders,
    kills: run.kills,
    mortals: [...groups.map((services) => trading(services, invoices, run.placed)), witness],
    beside: [
      cutting([...run.proxies, ...proxies], placeOf('orders')),
      ...(run.stores === 'postgres' ? [comingAndGoing(guests, run.visits)] : []),
      breaking(placeOf('orders'), orders, run.breaks, run.harm),
    ],
  })
  await comeToRest(placeOf, partOf(direct, 'witness'), run.direct)
  const files = new Map<string, string>()
  for (const name of [...groups.map(([first]) => first!), 'witness']) {
    const place = partOf(direct, name)
    files.set(name, typeof place === 'string' ? place : await copiedBeside(place))
  }
  const storeOf = (service: ServiceName): string => files.get(nameOf(service))!
  const books = await assertBalanced({ storeOf, invoices, placed: run.placed })
  const receipts = assertDelivered(storeOf)
  const seen = assertSeenInOrder(storeOf, files.get('witness')!)
  for (const services of groups) {
    const file = storeOf(services[0]!)
    await assertViewsEqualReplay(file, () => openShop(file, services, silentLog, run.direct))
  }
  console.log(`${told.join(', ')}\n${JSON.stringify({ ...books, receipts, seen })}`)
}

function nameOf(service: ServiceName): string {
  return groups.find((each) => each.includes(service))![0]!
}

interface Stores {
  readonly direct: StorePlace
  readonly proxies: readonly CutProxy[]
  /** A store as those who trade reach it. Its outside parties stand where they are. */
  through(store: StorePlace): StorePlace
}

async function storesFor(t: TestContext, { stores }: ApartShop, folder: string): Promise<Stores> {
  if (stores === 'sqlite') {
    const file = join(folder, 'shop.db')
    return { direct: file, proxies: [], through: (store) => store }
  }
  const { schema } = freshPostgres()
  const direct = storeFrom({ EVENTWRIGHT_STORE: postgresUrl(), EVENTWRIGHT_SCHEMA: schema, EVENTWRIGHT_DATA: folder })
  if (typeof direct === 'string') throw new Error('There is no PostgreSQL.')
  const proxy = await cutProxy(direct.url)
  t.after(async () => {
    await proxy.close()
    for (const name of [...groups.map(([first]) => first!), 'witness'])
      await dropPostgres(direct.url, { schema: `${schema}_${name}` })
  })
  const through = (store: StorePlace): StorePlace => (typeof store === 'string' ? store : { ...store, url: proxy.url })
  return { direct, proxies: [proxy], through }
}

/** A broker may keep nothing for a reader that it has never heard of. */
async function makeKnown(witness: Mortal): Promise<void> {
  const child = witness.begin()
  await child.until(1)
  child.process.stdin!.end()
  assert.equal(await child.ended, 0, witness.name)
}

/** Lets everybody do what is left, until nothing is: sagas are through, no message is set aside, views are right. */
async function comeToRest(
  placeOf: (service: ServiceName) => StorePlace,
  witness: StorePlace,
  broker: BrokerPlace,
): Promise<void> {
  const shops: Shop[] = []
  const adapters = { store: adapterFor(witness), broker: brokerAdapterFor(broker) }
  const watching = await start(watchedShop, { ...adapters, services: ['witness'], leaseMs })
  try {
    for (const services of groups) shops.push(await openShop(placeOf(services[0]!), services, silentLog, broker))
    await quiet([...shops, watching])
    const ends = (await Promise.all(shops.map(endsOf))).flat().toSorted()
    assert.deepEqual(ends, ['order-creation compensated', 'order-creation completed', 'shipping ended'])
    for (const { inspect } of [...shops, watching]) assert.deepEqual(await inspect.deadLetters.list({ limit: 10 }), [])
    const verdicts = (await Promise.all(shops.map(verdictsOf))).flat()
    assert.deepEqual(verdicts.map(({ view }) => view).toSorted(), [...watchedShop.graph.projections.keys()].toSorted())
    for (const { view, state, why } of verdicts) assert.equal(state, 'equal', `${view}: ${why}`)
  } finally {
    await Promise.all([...shops, watching].map((each) => each.stop()))
  }
}

type Running = Pick<Shop, 'caughtUp' | 'inspect'>

/** Whoever has caught up may be told more by one who has not: quiet is when nobody wrote while all caught up. */
async function quiet(all: readonly Running[]): Promise<void> {
  const heads = async (): Promise<string> => {
    const stores = await Promise.all(all.map(({ inspect }) => inspect.store()))
    return stores.map(({ head, engineHead }) => `${head} ${engineHead}`).join()
  }
  for (let before = '', now = await heads(); before !== now; now = await heads()) {
    before = now
    assert.ok((await Promise.all(all.map((each) => each.caughtUp({ timeoutMs: patienceMs })))).every(Boolean))
  }
}

/** What a replay says of the views that are kept here. */
async function verdictsOf({ inspect }: Shop): Promise<readonly ViewVerdict[]> {
  const kept = new Set((await inspect.views()).map(({ view }) => view))
  const all: ViewVerdict[] = []
  for await (const { views } of inspect.verifyViews({ keys: 'all' })) all.push(...views)
  return all.filter(({ view }) => kept.has(view))
}

/** Every saga and process of the open services has come to its end. */
async function endsOf({ inspect }: Shop): Promise<readonly string[]> {
  const ends = new Set<string>()
  for (
    let after: string | undefined, page;
    (page = await inspect.sagas({ limit, ...(after && { after }) })).length > 0;
    after = page.at(-1)!.id
  ) {
    for (const { id, saga, status, closed } of page) {
      assert.ok(closed, `${id} is ${status}`)
      ends.add(`${saga} ${status}`)
    }
  }
  return [...ends]
}
