import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openShop } from '../../examples/orders/open.ts'
import { serviceNames } from '../../examples/orders/shop/system.ts'
import { folderOfStores, usesStore } from '../examples/orders/store-folder.ts'
import { startChild, type Child } from '../fixtures/child.ts'
import { thorough, torture } from '../fixtures/torture.ts'
import { longerSample } from './longer-sample.ts'
import { assertBalanced } from './orders-ledger.ts'
import { assertViewsEqualReplay } from './orders-views.ts'
import { storm, type Mortal } from './storm.ts'

const [kills, placed, copies] = torture ? [10, 500, 8] : thorough ? [3, 60, 1] : [1, 20, 1]
const limit = 1_000

/** The whole shop in one process, which also imports and places orders. */
const together: Mortals = (store, invoices) => [
  { name: 'the shop', begin: () => begun(store, 'trading-process', store, invoices, `${placed}`) },
]

/** Every service a process of its own, which does its part of it. */
const apart: Mortals = (store, invoices) =>
  serviceNames.map((name) => ({
    name,
    begin: () => begun(store, 'trading-service', JSON.stringify(store), JSON.stringify(store), invoices, `${placed}`, name),
  }))

type Mortals = (store: string, invoices: string) => readonly Mortal[]

function begun(store: string, ...program: readonly [string, ...string[]]): Child {
  const child = startChild(...program)
  usesStore(store, () => (child.process.kill('SIGKILL'), child.ended))
  return child
}

/** Every saga and process has come to its end, and no message is set aside. */
async function assertAtRest(store: string): Promise<void> {
  const shop = await openShop(store)
  try {
    assert.ok(await shop.caughtUp({ timeoutMs: 30_000 }))
    const ends = new Set<string>()
    for (
      let after: string | undefined, page;
      (page = await shop.inspect.sagas({ limit, ...(after && { after }) })).length > 0;
    ) {
      for (const { id, saga, status, closed } of page) {
        assert.ok(closed, `${id} is ${status}`)
        ends.add(`${saga} ${status}`)
      }
      after = page.at(-1)!.id
    }
    assert.deepEqual([...ends].toSorted(), ['order-creation compensated', 'order-creation completed', 'shipping ended'])
    assert.deepEqual(await shop.inspect.deadLetters.list({ limit: 10 }), [])
  } finally {
    await shop.stop()
  }
}

const inOneProcess = ['a shop', together, kills] as const
const inManyProcesses = ['services in processes of their own', apart, Math.max(kills, serviceNames.length)] as const

for (const [how, mortals, deaths] of thorough ? [inOneProcess, inManyProcesses] : [inOneProcess]) {
  test(`orders of ${how}, killed at any moment, end confirmed or undone, and independent books balance`, async (t) => {
    const folder = folderOfStores(t)
    const [store, invoices] = [join(folder, 'shop.db'), longerSample(folder, copies)]
    const orders = 61 * copies + placed
    const killed = await storm({ storeOf: () => store, orders, kills: deaths, mortals: mortals(store, invoices) })
    await assertAtRest(store)
    const books = await assertBalanced({ storeOf: () => store, invoices, placed })
    console.log(`killed: ${killed.join(', ')}\n${JSON.stringify(books)}`)
    await assertViewsEqualReplay(store)
  })
}
