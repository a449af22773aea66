import { setTimeout as sleep } from 'node:timers/promises'
import { test, type TestContext } from 'node:test'
import type { BrokerPlace } from '../../examples/orders/broker-place.ts'
import { chance } from '../fixtures/chance.ts'
import { cutProxy } from '../fixtures/cut-proxy.ts'
import { postgresUrl } from '../fixtures/postgres.ts'
import { hasPrivateKafka, privateKafka } from '../fixtures/private-kafka.ts'
import { hasPrivateRabbitmq, privateRabbitmq } from '../fixtures/private-rabbitmq.ts'
import { torture } from '../fixtures/torture.ts'
import { tradeApart, type ApartShop } from './apart-shop.ts'

const size = torture
  ? { copies: 6, placed: 300, kills: 15, visits: 10, breaks: 4 }
  : { copies: 1, placed: 20, kills: 5, visits: 2, breaks: 1 }

type Way = Pick<ApartShop, 'broker' | 'direct' | 'proxies' | 'harm'>

async function overKafka(t: TestContext): Promise<Way> {
  // Clients are told by the broker where it is, so it has to know of the proxy.
  const proxy = await cutProxy()
  t.after(() => proxy.close())
  const server = await privateKafka(t, 1, [proxy.port])
  proxy.lead(`kafka://${server.url}`)
  const broker: BrokerPlace = `kafka://127.0.0.1:${proxy.port}?maxReplicas=1`
  return { broker, direct: broker, proxies: [proxy], harm: () => killed(server) }
}

async function overRabbitmq(t: TestContext): Promise<Way> {
  const server = await privateRabbitmq(t)
  const proxy = await cutProxy(server.url)
  t.after(() => proxy.close())
  return {
    broker: proxy.url as BrokerPlace,
    direct: server.url as BrokerPlace,
    proxies: [proxy],
    harm: () => killed(server),
  }
}

/** Kills the broker, leaves it away for a while, and starts it again. */
async function killed(server: { break(signal: NodeJS.Signals): Promise<void>; start(): Promise<void> }): Promise<void> {
  await server.break('SIGKILL')
  await sleep(1_000 * chance())
  await server.start()
}

const brokers = [
  ...(hasPrivateKafka ? [{ name: 'Kafka', way: overKafka }] : []),
  ...(hasPrivateRabbitmq ? [{ name: 'RabbitMQ', way: overRabbitmq }] : []),
]
const ownSchemas =
  postgresUrl() === undefined ? [] : [{ what: 'with schemas of their own', stores: 'postgres' as const }]
const ownFiles =
  torture || ownSchemas.length === 0 ? [{ what: 'with files of their own', stores: 'sqlite' as const }] : []

for (const { name, way } of brokers)
  for (const { what, stores } of [...ownSchemas, ...ownFiles])
    test(`orders of four processes ${what} over ${name}, all of which break, end confirmed or undone`, async (t) => {
      await tradeApart(t, { ...size, ...(await way(t)), stores })
    })
