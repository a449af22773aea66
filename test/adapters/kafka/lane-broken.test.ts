import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { chance } from '../../fixtures/chance.ts'
import { clientSockets } from '../../fixtures/client-sockets.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { assertWhole, hurt } from '../../fixtures/kafka-load.ts'
import { hasPrivateKafka, privateKafka } from '../../fixtures/private-kafka.ts'

const shared = kafkaBrokers()?.split(',')
if (shared !== undefined)
  test('connections that break lose nothing, double nothing and turn nothing round', async (t) => {
    const sockets = clientSockets(new Set(shared.map((each) => Number(each.split(':')[1]))))
    t.after(() => sockets.close())
    let cuts = 0
    const result = await hurt(
      shared,
      async () => {
        await sleep(40 * chance())
        cuts += sockets.count()
        sockets.cutAll()
      },
      60,
    )
    assertWhole(result)
    assert.ok(cuts > 30, `${cuts} cuts`)
    assert.equal(result.failures, 0)
  })

if (hasPrivateKafka)
  test(
    'a broker that is killed and comes back loses nothing and turns nothing round',
    { timeout: 180_000 },
    async (t) => {
      const server = await privateKafka(t)
      const result = await hurt(
        server.url.split(','),
        async () => {
          await sleep(500)
          await server.break('SIGKILL')
          await server.start()
          await sleep(500)
        },
        2,
      )
      assertWhole(result)
      t.diagnostic(`${result.got.length} messages, ${result.failures} calls failed`)
    },
  )
