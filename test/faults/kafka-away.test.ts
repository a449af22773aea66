import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from 'eventwright'
import { freshKafka } from '../fixtures/fresh-kafka.ts'
import { hasPrivateKafka, privateKafka } from '../fixtures/private-kafka.ts'
import { PlaceOrder, shopWith, thanks } from '../runtime/messages.fixture.ts'
import { running, until } from '../runtime/running.fixture.ts'

if (hasPrivateKafka)
  test(
    'services go on while Kafka is away, and what they have to tell arrives once when it is back',
    { timeout: 240_000 },
    async (t) => {
      const server = await privateKafka(t)
      const fresh = freshKafka({ brokers: server.url.split(',') })
      const shop = shopWith(thanks)
      const orders = await running(t, shop, { store: memory(), broker: fresh.adapter, services: ['orders'] })
      const mail = await running(t, shop, { store: memory(), broker: fresh.adapter, services: ['mail'] })
      const place = async (from: number, count: number): Promise<void> => {
        const numbers = Array.from({ length: count }, (_, n) => from + n)
        await Promise.all(numbers.map((n) => orders.execute(PlaceOrder({ orderId: `o${n}`, customer: `c${n % 3}` }))))
      }
      const letters = async (): Promise<readonly string[]> => {
        const found: string[] = []
        for (const customer of ['c0', 'c1', 'c2'])
          for await (const { data } of mail.events.stream(`Mailbox/${customer}`))
            found.push((data as { text: string }).text)
        return found
      }
      await place(0, 60)
      await until('letters come', async () => (await letters()).length > 0)
      await server.break('SIGKILL')
      await place(60, 60)
      await until('it is told that nobody knows what waits in Kafka', async () =>
        (await mail.inspect.consumers()).some(({ status }) => status === 'broker away'),
      )
      await server.start()
      await place(120, 60)
      await until('every order is thanked for', async () => (await letters()).length >= 180, 60_000)
      assert.equal(new Set(await letters()).size, 180)
      assert.equal((await letters()).length, 180)
      await Promise.all([orders.stop(), mail.stop()])
      await fresh.drop()
    },
  )
