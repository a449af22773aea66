import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory, subscription, type AnySystem, type StoreAdapter } from 'eventwright'
import { bareChannel } from '../../adapters/rabbitmq/rabbitmq.fixture.ts'
import { freshRabbitmq } from '../../fixtures/fresh-rabbitmq.ts'
import { rabbitmqUrl } from '../../fixtures/rabbitmq.ts'
import { orderEvents, PlaceOrder, SendLetter, shopWith, thanks } from '../messages.fixture.ts'
import { running, until, type RunningOf } from '../running.fixture.ts'
import { depot, PlaceOrder as Place } from '../saga-system.fixture.ts'
import { overStores } from '../stores.fixture.ts'
import { apart, letters } from './apart.fixture.ts'

async function typesOf(from: Pick<RunningOf<AnySystem>, 'events'>, stream: string): Promise<readonly string[]> {
  const found: string[] = []
  for await (const event of from.events.stream(stream)) found.push(event.type)
  return found
}

if (rabbitmqUrl() !== undefined) {
  for (const queue of ['quorum', 'stream'] as const) {
    overStores(
      `events reach a service whose store is its own, once each, over RabbitMQ (${queue})`,
      async (t, store) => {
        const rabbit = freshRabbitmq({ queue })
        const shop = shopWith(thanks)
        const numbers = Array.from({ length: 300 }, (_, n) => n)
        const mailbox = memory()
        // The first orders are there before anybody has read anything.
        const { orders } = await apart(t, shop, rabbit, { orders: store })
        const place = (n: number): Promise<unknown> =>
          orders!.execute(PlaceOrder({ orderId: `o${n}`, customer: `c${n % 3}` }))
        await Promise.all(numbers.slice(0, 150).map(place))
        const { mail } = await apart(t, shop, rabbit, { mail: mailbox })
        await Promise.all(numbers.slice(150).map(place))
        await until('every order is thanked for', async () => (await letters(mail!)).length >= 300)
        await mail!.stop()
        await orders!.execute(PlaceOrder({ orderId: 'late', customer: 'c0' }))
        const { mail: again } = await apart(t, shop, rabbit, { mail: mailbox })
        await until('the late one is thanked for', async () => (await letters(again!)).length >= 301)
        assert.deepEqual(
          new Set(await letters(again!)),
          new Set([...numbers.map((n) => `Thanks for o${n}`), 'Thanks for late']),
        )
        assert.equal((await letters(again!)).length, 301)
        await until('nothing waits', async () => (await again!.inspect.consumers()).every(({ lag }) => lag === 0))
      },
    )
  }

  test('two processes of a service share its queues, and one takes over what the other leaves', async (t) => {
    const rabbit = freshRabbitmq()
    const shop = shopWith(thanks)
    // Two processes share the work of a store that says so, as PostgreSQL does.
    const adapter = memory()
    const open: StoreAdapter['open'] = async (parts) => ({ ...(await adapter.open(parts)), shared: true })
    const mailbox: StoreAdapter = { ...adapter, open }
    const { orders } = await apart(t, shop, rabbit, { orders: memory() })
    const place = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n++) await orders!.execute(PlaceOrder({ orderId: `o${n}`, customer: `c${n % 3}` }))
    }
    const thanked = (count: number): Promise<void> =>
      until(`${count} are thanked for`, async () => (await letters(two!)).length >= count)
    const { mail: one } = await apart(t, shop, rabbit, { mail: mailbox })
    await place(0, 40)
    const { mail: two } = await apart(t, shop, rabbit, { mail: mailbox })
    await until('both have some of it', async () => {
      const found = (await two!.inspect.consumers()).find(({ name }) => name === 'mail/subscription:thanks')
      return found?.owners.length === 2
    })
    // Each must read what the store gives it, and leave alone what it has given away.
    await place(40, 120)
    await thanked(120)
    await one!.stop()
    await place(120, 200)
    await thanked(200)
    const texts = await letters(two!)
    assert.equal(texts.length, 200)
    assert.deepEqual(new Set(texts), new Set(Array.from({ length: 200 }, (_, n) => `Thanks for o${n}`)))
  })

  test('a message that fails parks its key alone, the server shows it with why, and a replay catches up in order', async (t) => {
    const rabbit = freshRabbitmq()
    let broken = true
    const picky = subscription('picky', { from: orderEvents, retry: { maxAttempts: 2, initial: '1ms' } }).on({
      OrderPlaced(e, { send }) {
        if (broken && e.orderId === 'bad') throw new TypeError('no letter for it')
        send(SendLetter({ to: e.customer, text: e.orderId }))
      },
    })
    const shop = shopWith(picky)
    const { orders } = await apart(t, shop, rabbit, { orders: memory() })
    const { mail } = await apart(t, shop, rabbit, { mail: memory() })
    for (const orderId of ['one', 'bad', 'two']) await orders!.execute(PlaceOrder({ orderId, customer: 'c0' }))
    await until('the others pass', async () => (await letters(mail!)).length === 2)
    const group = 'mail/subscription:picky'
    await until('it is parked', async () => (await mail!.inspect.deadLetters.list({ limit: 9 })).length === 1)
    const bare = await bareChannel(t, rabbit.url)
    const queue = `${rabbit.prefix}orders.${group}.dead`
    await until('the server shows it', async () => (await bare.checkQueue(queue)).messageCount === 1)
    const dead = await bare.get(queue, { noAck: true })
    assert.ok(dead !== false)
    const { headers = {} } = dead.properties as { headers?: Record<string, string> }
    assert.deepEqual(
      ['original-destination', 'group', 'attempts', 'error-type', 'error-message', 'reason'].map(
        (name) => headers[`ew-dl-${name}`],
      ),
      ['orders', group, '2', 'TypeError', 'no letter for it', 'poison'],
    )
    assert.equal((JSON.parse(dead.content.toString()) as { orderId: string }).orderId, 'bad')
    broken = false
    await mail!.operate.deadLetters.replay(group, 'bad')
    await until('it is done', async () => (await letters(mail!)).includes('bad'))
    assert.equal((await letters(mail!)).length, 3)
  })

  test('a subscription that asks for the beginning of queues is refused at the start, and gets it of a stream', async (t) => {
    const all = subscription('all', { from: orderEvents, startAt: 'beginning' }).on({
      OrderPlaced: (e, { send }) => send(SendLetter({ to: e.customer, text: e.orderId })),
    })
    const shop = shopWith(all)
    const stores = { store: memory(), services: ['mail'] }
    await assert.rejects(running(t, shop, { ...stores, broker: freshRabbitmq().adapter }), {
      code: 'EW_REPLAY_MISSING',
    })
    const rabbit = freshRabbitmq({ queue: 'stream' })
    const { orders } = await apart(t, shop, rabbit, { orders: memory() })
    await orders!.execute(PlaceOrder({ orderId: 'early', customer: 'c0' }))
    const { mail } = await apart(t, shop, rabbit, { mail: memory() })
    await until('the early one is there', async () => (await letters(mail!)).length === 1)
  })

  test('a saga, its participants and a process, each on a store of its own, settle every order over RabbitMQ', async (t) => {
    const { orders, shipping, payments } = await apart(t, depot, freshRabbitmq(), {
      orders: memory(),
      inventory: memory(),
      payments: memory(),
      shipping: memory(),
    })
    const numbers = Array.from({ length: 60 }, (_, n) => n)
    await Promise.all(
      numbers.map((n) =>
        orders!.execute(
          Place({ orderId: `o${n}`, quantity: n % 5 === 4 ? 11 : 1, card: n % 5 === 3 ? 'bad' : 'good' }),
        ),
      ),
    )
    for (const n of numbers) {
      const end = n % 5 >= 3 ? 'OrderCancelled' : 'OrderConfirmed'
      await until(`o${n} is settled`, async () => (await typesOf(orders!, `Order/o${n}`)).length === 2)
      assert.deepEqual(await typesOf(orders!, `Order/o${n}`), ['OrderPlaced', end])
      if (n % 5 >= 3) continue
      await until(`o${n} is shipped`, async () => (await typesOf(shipping!, `Parcel/o${n}`)).length > 0)
      assert.deepEqual(await typesOf(shipping!, `Parcel/o${n}`), ['Shipped'])
      assert.deepEqual(await typesOf(payments!, `Account/o${n}`), ['Charged'])
    }
  })
}
