import assert from 'node:assert/strict'
import { service, subscription, system } from 'eventwright'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { account } from '../../faults/versions.fixture.ts'
import { Order, OrderPlaced, PlaceOrder, Orders, OrdersLive } from '../orders.fixture.ts'
import { gate, running, until, type RunningOf } from '../running.fixture.ts'
import { overLocalStores, overStores } from '../stores.fixture.ts'

const patience = { timeoutMs: 1e12 }
const place = (orderId: string) => PlaceOrder({ orderId, customer: 'ada', total: '1.00' as never })

/** A shop whose subscription does what a test wants with each order. */
const shopThat = (handle: (orderId: string) => Promise<void>) =>
  system('shop', {
    services: [
      service('orders', {
        parts: [
          Order,
          Orders,
          OrdersLive,
          subscription('packing', { from: [OrderPlaced], retry: { maxAttempts: 1 } }).on({
            OrderPlaced: (e) => handle(e.orderId),
          }),
        ],
      }),
    ],
  })

const statusOf = async (open: Pick<RunningOf<ReturnType<typeof shopThat>>, 'inspect'>, name: RegExp): Promise<string> =>
  (await open.inspect.consumers()).find((each) => name.test(each.name))!.status

overLocalStores('a handler that hangs stalls its consumer, and no other one', async (t, store) => {
  const clock = fakeClock()
  const hanging = gate()
  t.after(hanging.open)
  const shop = await running(
    t,
    shopThat(() => hanging.passed),
    { store, clock, leaseMs: 1e9 },
  )
  await clock.advance(3_600_000)
  assert.ok((await shop.inspect.consumers()).every(({ status }) => status === 'idle'))
  const { receipt } = await shop.execute(place('1'))
  for (const view of [shop.views.orders, shop.views.ordersLive])
    assert.equal((await view.get('1', { after: receipt, timeout: '1m' }))?.status, 'placed')
  await clock.advance(61_000)
  assert.equal(await statusOf(shop, /packing/), 'stalled')
  assert.deepEqual([await statusOf(shop, /view:orders#/), await statusOf(shop, /view:ordersLive#/)], ['idle', 'idle'])
  assert.match(await shop.inspect.metrics(), /consumer_status\{consumer="orders\/subscription:packing.*stalled"\} 1\n/)
  hanging.open()
  assert.ok(await shop.caughtUp(patience))
  assert.equal(await statusOf(shop, /packing/), 'idle')
})

overStores('a key that fails for good is told as parked, with its dead letter in the metrics', async (t, store) => {
  const fail = async (orderId: string): Promise<void> => {
    if (orderId === 'bad') throw new TypeError('no "box"\n')
  }
  const shop = await running(t, shopThat(fail), { store })
  for (const orderId of ['good', 'bad']) await shop.execute(place(orderId))
  assert.ok(await shop.caughtUp({ timeoutMs: 20_000 }))
  assert.equal(await statusOf(shop, /packing/), 'parked keys')
  const text = await shop.inspect.metrics()
  assert.match(text, /eventwright_dead_letters\{consumer="[^"]*packing[^"]*",code="TypeError",type="OrderPlaced"\} 1\n/)
  assert.match(text, /eventwright_events_total\{partition="0"\} 2\n/)
  assert.ok(Number(/eventwright_commit_batch_units_count (\d+)/.exec(text)![1]) > 0)
})

overStores('a consumer that only a newer release can go on with says so', async (t, store) => {
  const now = await running(t, account(2).system, { store })
  await now.execute(account(2).Open({ id: 'a', amount: '2' }))
  await now.stop()
  const old = await running(t, account(1).system, { store })
  await until('its consumers say so', async () =>
    (await old.inspect.consumers()).some(({ status }) => status === 'needs newer release'),
  )
})
