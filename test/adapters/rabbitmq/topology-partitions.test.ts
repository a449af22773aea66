import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitionExchange } from '../../../src/adapters/rabbitmq/names.ts'
import { rabbitmqUrl } from '../../fixtures/rabbitmq.ts'
import { bareChannel, madeChannel, messageOf, openedBroker, until } from './rabbitmq.fixture.ts'

const url = rabbitmqUrl()
const keys = Array.from({ length: 30 }, (_, n) => `key ${n}`)

if (url !== undefined)
  test('partitions that are added while it runs take no key from the one that has its messages', async (t) => {
    const broker = await openedBroker(t, url)
    const channel = await madeChannel(broker, { partitions: 2, groups: ['g'] })
    const send = (): Promise<unknown> => broker.publish(keys.map((key) => messageOf(channel, '1', key)))
    await send()
    const before = (await broker.bounds(channel)).map(({ next }) => next)
    assert.equal(before[0]! + before[1]!, keys.length)
    const bare = await bareChannel(t, url)
    for (const partition of [2, 3, 4]) {
      await bare.assertExchange(partitionExchange(channel, partition), 'fanout', { durable: true })
      await bare.bindExchange(partitionExchange(channel, partition), channel, String(partition))
    }
    const other = await openedBroker(t, url)
    const declared = { name: channel, partitions: 2, retentionMs: undefined, groups: ['g'] }
    await assert.rejects(other.ensure([declared]), { code: 'EW_CHANNEL_CHANGED', message: /has 5 partitions, not 2/ })
    // Where a queue has gone it looks again what is there.
    await bare.deleteQueue(`${channel}.g.1`)
    await assert.rejects(send(), { code: 'EW_BROKER_FAILED' })
    await send()
    // What was in the deleted queue is gone; the call that failed had reached the other one.
    const waiting = async (): Promise<readonly number[]> => (await broker.bounds(channel)).map(({ next }) => next)
    await until('all are counted', async () => (await waiting()).join() === [3 * before[0]!, before[1]!].join())
    for (const partition of [2, 3, 4]) await bare.deleteExchange(partitionExchange(channel, partition))
  })
