import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from 'eventwright'
import { freshKafka } from '../../fixtures/fresh-kafka.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { PlaceOrder, shopWith, thanks } from '../messages.fixture.ts'
import { until, type RunningOf } from '../running.fixture.ts'
import { depot, PlaceOrder as Place } from '../saga-system.fixture.ts'
import { overStores } from '../stores.fixture.ts'
import { apart, letters } from './apart.fixture.ts'

if (kafkaBrokers() !== undefined) {
  overStores(
    'events of a service reach another one whose store is its own, once each, over Kafka',
    async (t, store) => {
      const kafka = freshKafka()
      const shop = shopWith(thanks)
      const numbers = Array.from({ length: 300 }, (_, n) => n)
      const mailbox = memory()
      const { orders } = await apart(t, shop, kafka, { orders: store })
      const { mail } = await apart(t, shop, kafka, { mail: mailbox })
      await Promise.all(numbers.map((n) => orders!.execute(PlaceOrder({ orderId: `o${n}`, customer: `c${n % 3}` }))))
      await until('every order is thanked for', async () => (await letters(mail!)).length >= 300)
      await mail!.stop()
      await orders!.execute(PlaceOrder({ orderId: 'late', customer: 'c0' }))
      const { mail: again } = await apart(t, shop, kafka, { mail: mailbox })
      await until('the late one is thanked for', async () => (await letters(again!)).length >= 301)
      assert.deepEqual(
        new Set(await letters(again!)),
        new Set([...numbers.map((n) => `Thanks for o${n}`), 'Thanks for late']),
      )
      assert.equal((await letters(again!)).length, 301)
    },
  )

  test('a saga, its participants and a process, each on a store of its own, settle every order over Kafka', async (t) => {
    const kafka = freshKafka()
    const { orders, shipping, payments } = await apart(t, depot, kafka, {
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
    const typesOf = async (from: RunningOf<typeof depot>, stream: string): Promise<readonly string[]> => {
      const found: string[] = []
      for await (const event of from.events.stream(stream)) found.push(event.type)
      return found
    }
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
