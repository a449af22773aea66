import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory, subscription, type BrokerAdapter } from 'eventwright'
import { freshKafka } from '../../fixtures/fresh-kafka.ts'
import { freshRabbitmq } from '../../fixtures/fresh-rabbitmq.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { rabbitmqUrl } from '../../fixtures/rabbitmq.ts'
import { orderEvents, PlaceOrder, SendLetter, shopWith } from '../messages.fixture.ts'
import { gate, until } from '../running.fixture.ts'
import { apart, letters } from './apart.fixture.ts'

const patienceMs = 90_000
const consumer = 'mail/subscription:slow'
const orders = 300
const prefetch = 20

const kinds: readonly { readonly name: string; readonly isHere: boolean; make(): BrokerAdapter }[] = [
  { name: 'Kafka', isHere: kafkaBrokers() !== undefined, make: () => freshKafka().adapter },
  {
    name: 'RabbitMQ (quorum)',
    isHere: rabbitmqUrl() !== undefined,
    make: () => freshRabbitmq({ prefetch }).adapter,
  },
  {
    name: 'RabbitMQ (stream)',
    isHere: rabbitmqUrl() !== undefined,
    make: () => freshRabbitmq({ queue: 'stream', prefetch }).adapter,
  },
]

for (const { name, isHere, make } of kinds)
  if (isHere)
    test(`a reader that stands still holds up nobody who writes, is shown with its lag, and catches up over ${name}`, async (t) => {
      const adapter = make()
      const door = gate()
      t.after(() => door.open())
      let inHand = 0
      const slow = subscription('slow', { from: orderEvents }).on({
        async OrderPlaced(e, { send }) {
          inHand++
          await door.passed
          send(SendLetter({ to: e.customer, text: e.orderId }))
        },
      })
      const shop = shopWith(slow)
      const { orders: writer } = await apart(t, shop, { adapter }, { orders: memory() })
      const { mail } = await apart(t, shop, { adapter }, { mail: memory() })
      for (let n = 0; n < orders; n += 50)
        await Promise.all(
          Array.from({ length: 50 }, (_, k) =>
            writer!.execute(PlaceOrder({ orderId: `o${n + k}`, customer: `c${n % 3}` })),
          ),
        )
      assert.ok(await writer!.caughtUp({ timeoutMs: patienceMs }), 'everything is told, whoever reads')
      const lag = async (): Promise<number | undefined> =>
        (await mail!.inspect.consumers()).find((each) => each.name === consumer)?.lag
      await until('all of it is its lag', async () => (await lag()) === orders, patienceMs)
      const begun = inHand
      assert.ok(begun < orders / 2, `${begun} are in hand`)
      door.open()
      await until('all are done', async () => (await letters(mail!)).length === orders, patienceMs)
      await until('nothing waits', async () => (await lag()) === 0, patienceMs)
      assert.equal(new Set(await letters(mail!)).size, orders)
    })
