import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { cutProxy } from '../fixtures/cut-proxy.ts'
import { postgresUrl } from '../fixtures/postgres.ts'
import { hasPrivateKafka, privateKafka } from '../fixtures/private-kafka.ts'
import { torture } from '../fixtures/torture.ts'
import { tradeApart } from './apart-shop.ts'

const size = torture
  ? { copies: 6, placed: 300, kills: 10, visits: 6, breaks: 9 }
  : { copies: 1, placed: 20, kills: 1, visits: 1, breaks: 1 }
const awayMs = 3_000

if (hasPrivateKafka && postgresUrl() !== undefined)
  test('orders of four processes over three nodes of Kafka, of which one is killed, end confirmed or undone', async (t) => {
    // In a long run connections are cut as well, those between the nodes too.
    const proxies = torture ? await Promise.all([1, 2, 3].map(() => cutProxy())) : []
    t.after(() => Promise.all(proxies.map((proxy) => proxy.close())))
    const ports = proxies.map(({ port }) => port)
    const server = await privateKafka(t, 3, ports)
    const addresses = server.url.split(',')
    for (const [index, proxy] of proxies.entries()) proxy.lead(`kafka://${addresses[index]}`)
    const known = torture ? ports.map((port) => `127.0.0.1:${port}`) : addresses
    const broker = `kafka://${known.join()}` as const
    const killed: number[] = []
    await tradeApart(t, {
      ...size,
      stores: 'postgres',
      broker,
      direct: broker,
      proxies,
      async harm(round) {
        // In a long run whoever leads the controllers as well, and each of them sooner or later.
        await server.whole()
        const node = await (round % 2 === 1 ? server.controller() : server.leaderOf('order-events', round % 10))
        await server.kill(node)
        killed.push(node)
        // All the time orders go on with the two that are left.
        await sleep(awayMs)
        await server.start()
      },
    })
    assert.equal(killed.length, size.breaks)
    t.diagnostic(`killed nodes ${killed.join()}`)
  })
