import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { service, start, system } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { systemClock } from '../../../src/base/clock.ts'
import { patience, patienceMs } from '../../fixtures/patience.ts'
import { Order, PlaceOrder, shop } from '../../runtime/orders.fixture.ts'
import { line, lineWith, shopFolder, shopModule } from '../line.fixture.ts'

const rebuild = ['views', 'rebuild', 'orders', '--store', 'shop.db', '--system', shopModule]

interface Generation {
  readonly generation: number
  readonly state: string
  readonly lag: number
  readonly owners: readonly string[]
}

async function statusOf(folder: string, view = 'orders'): Promise<Generation[]> {
  return JSON.parse((await line(folder, 'views', 'status', view, '--store', 'shop.db', '--json')).out) as Generation[]
}

test('a view is built anew and swapped in while nobody runs the system, and subscriptions stay silent', async (t) => {
  const folder = await shopFolder(t)
  const withoutShipping = system('shop', { services: [service('orders', { parts: [Order] })] })
  const writer = await start(withoutShipping, { store: sqlite(join(folder, 'shop.db')) })
  await writer.execute(PlaceOrder({ orderId: 'c', customer: 'Cid', total: '3' }))
  await writer.stop()
  const { code, out, err } = await line(folder, ...rebuild, '--json')
  assert.deepEqual([code, err], [0, ''])
  assert.deepEqual(JSON.parse(out), { view: 'orders', generation: 2, finished: true })
  const states = await statusOf(folder)
  assert.deepEqual(
    states.map(({ generation, state, owners }) => [generation, state, owners.length]),
    [
      [1, 'retired', 0],
      [2, 'active', 0],
    ],
  )
  const { out: events } = await line(folder, 'store', 'read', 'Order/c', '--store', 'shop.db', '--json')
  assert.equal(events.trim().split('\n').length, 1)
  const running = await start(shop, { store: sqlite(join(folder, 'shop.db')) })
  assert.deepEqual(
    (await running.views.orders.find()).map(({ orderId }) => orderId),
    ['a', 'b', 'c'],
  )
  await running.stop()
  assert.match((await line(folder, ...rebuild)).out, /^orders: generation 3 is in use\n$/)
})

test('beside a running process that goes on writing, the process turns to the new generation and rows are whole', async (t) => {
  const folder = await shopFolder(t)
  const running = await start(shop, { store: sqlite(join(folder, 'shop.db')) })
  let [writing, count] = [true, 0]
  const writer = (async () => {
    while (writing) await running.execute(PlaceOrder({ orderId: `n${count++}`, customer: 'Bob', total: '1' }))
  })()
  assert.equal((await line(folder, ...rebuild)).code, 0)
  writing = false
  await writer
  assert.ok(await running.caughtUp(patience))
  const deadline = systemClock.now() + patienceMs
  const inUse = async (): Promise<boolean> =>
    (await statusOf(folder)).some(
      ({ generation, state, owners }) => generation === 2 && state === 'active' && owners.length === 1,
    )
  while (!(await inUse())) {
    assert.ok(systemClock.now() < deadline, JSON.stringify(await statusOf(folder)))
    await systemClock.sleep(50)
  }
  assert.ok(await running.caughtUp(patience))
  assert.equal(await running.views.orders.count(), count + 2)
  await running.stop()
})

test('interrupted, the new generation is left for a process that runs the system', async (t) => {
  const folder = await shopFolder(t)
  const { code, out } = await lineWith({ folder, stop: AbortSignal.abort() }, ...rebuild)
  assert.equal(code, 1)
  assert.match(out, /generation 2 is not finished/)
  const running = await start(shop, { store: sqlite(join(folder, 'shop.db')) })
  const deadline = systemClock.now() + patienceMs
  while (!(await statusOf(folder)).some(({ generation, state }) => generation === 2 && state === 'active')) {
    assert.ok(systemClock.now() < deadline)
    await systemClock.sleep(50)
  }
  await running.stop()
})

test('a live view and a view of another name are refused', async (t) => {
  const folder = await shopFolder(t)
  const of = async (view: string) =>
    line(folder, 'views', 'rebuild', view, '--store', 'shop.db', '--system', shopModule, '--json')
  for (const view of ['ordersLive', 'nothing']) {
    const { code, err } = await of(view)
    assert.equal(code, 1)
    assert.equal(JSON.parse(err).error.code, 'EW_VIEW_UNKNOWN')
  }
})

test('list with the system names what is declared, built or not', async (t) => {
  const folder = await shopFolder(t)
  const list = async (...argv: string[]) =>
    JSON.parse((await line(folder, 'views', 'list', '--store', 'shop.db', '--json', ...argv)).out)
  assert.deepEqual(
    (await list()).map(({ view, state }: any) => [view, state]),
    [
      ['orders', 'active'],
      ['ordersInline', 'active'],
    ],
  )
  const declared = await list('--system', shopModule)
  assert.deepEqual(
    declared.map(({ view, mode, state }: any) => [view, mode, state]),
    [
      ['orders', 'async', 'active'],
      ['ordersInline', 'inline', 'active'],
      ['ordersLive', 'live', 'in the memory of its process'],
    ],
  )
})
