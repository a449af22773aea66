import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signal } from '../../../src/base/signal.ts'
import { MessageDelivery } from '../../../src/runtime/messages/message-delivery.ts'
import { channelFeed } from '../../../src/runtime/messages/channel-feed.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { queueBroker, Queues } from '../../fixtures/queue-broker.ts'
import type { Broker, ChannelMessage } from '../../../src/ports/broker.ts'

const clock = fakeClock()
const open = (message: ChannelMessage): MessageDelivery => new MessageDelivery(message)

async function opened(startAt: 'beginning' | 'oldest' | 'now', change: (broker: Broker) => Broker = (same) => same) {
  const broker = change(queueBroker(new Queues(), () => clock.now()))
  await broker.ensure([{ name: 'letters', partitions: 1, retentionMs: undefined }])
  const terms = { backstopMs: 1_000, wake: signal(), channel: 'letters', group: 'readers' }
  return { broker, feed: await channelFeed({ broker, clock, ...terms, startAt, open }) }
}

function letter(id: string) {
  return { channel: 'letters', key: 'ada', id, headers: '{}', value: '{}' }
}

test('who asks for the beginning of a channel that keeps nothing is refused, who does not gets what comes', async () => {
  await assert.rejects(opened('beginning'), { code: 'EW_REPLAY_MISSING' })
  const { broker, feed } = await opened('oldest')
  assert.deepEqual(feed.starts, [0])
  assert.equal((await feed.source.ends!())(0), Infinity, 'positions of its own are never ahead of anything')
  await broker.publish([letter('one')])
  assert.equal((await feed.source.after({ bucket: 0, position: 0 }, 10)).length, 1)
  await feed.close()
})

test('what is committed is told to the broker before more is read, and once', async () => {
  const told: number[] = []
  const { broker, feed } = await opened('oldest', (queues) => ({
    ...queues,
    async join(...where) {
      const member = await queues.join(...where)
      return { ...member, done: async (partition, offset) => (told.push(offset), member.done(partition, offset)) }
    },
  }))
  await broker.publish([letter('one'), letter('two')])
  await feed.source.after({ bucket: 0, position: 0 }, 10)
  await feed.source.after({ bucket: 0, position: 2 }, 10)
  await feed.source.after({ bucket: 0, position: 2 }, 10)
  assert.deepEqual(told, [0, 2])
  await feed.close()
})

test('a partition is released when its bucket is not held any more, and nothing waits when nobody has anything', async () => {
  const released: number[] = []
  const counts = { count: 1 }
  const { feed } = await opened('oldest', (queues) => ({
    ...queues,
    waiting: async () => [{ count: counts.count, oldestMs: undefined }],
    async join(...where) {
      return { ...(await queues.join(...where)), release: async (partition) => void released.push(partition) }
    },
  }))
  const held = new AbortController()
  await feed.source.after({ bucket: 0, position: 0, held: held.signal }, 10)
  await feed.source.after({ bucket: 0, position: 0, held: held.signal }, 10)
  assert.deepEqual(released, [])
  held.abort()
  assert.deepEqual(released, [0])
  assert.equal(await feed.isDrained(new Map([[0, 99]])), false)
  counts.count = 0
  assert.equal(await feed.isDrained(new Map()), true)
  await feed.close()
})
