import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { deadChannel, deadSpec } from '../../../src/adapters/kafka/dead-topic.ts'
import { checkedTopic } from '../../../src/adapters/kafka/topic-settings.ts'

const day = 86_400_000

test('a group is told apart in the name of its topic, and can be read in it', () => {
  assert.equal(
    deadChannel('orders.events', 'mail/subscription:thank-you', 'shop-'),
    'orders.events.mail-2fsubscription-3athank-2dyou.dead',
  )
  assert.equal(deadChannel('orders', 'mail/saga:é<a@b', ''), 'orders.mail-2fsaga-3a-c3-a9-3ca-40b.dead')
})

test('every name is one that Kafka takes, with its prefix, and no two groups share one, nor two that Kafka takes for one', () => {
  const group = fc.string({
    unit: fc.constantFrom('a', 'B', '1', '/', ':', '<', '@', '.', '_', '-', '2', 'f', 'é', '😀'),
  })
  const long = fc.tuple(group, fc.integer({ min: 0, max: 300 })).map(([start, count]) => start + 'x/'.repeat(count))
  const channel = fc.constantFrom('orders', 'orders.a', 'o'.repeat(200))
  fc.assert(
    fc.property(channel, fc.oneof(group, long), fc.oneof(group, long), (name, one, other) => {
      const prefix = 'p'.repeat(49)
      const names = [one, other].map((each) => `${prefix}${deadChannel(name, each, prefix)}`)
      for (const each of names) assert.ok(checkedTopic(each).endsWith('.dead'))
      const [first, second] = names.map((each) => each.replaceAll('.', '_'))
      assert.equal(first === second, one === other)
    }),
    { numRuns: 2_000 },
  )
})

test('dead letters are kept for 30 days, and never shorter than what they were; they are a little larger', () => {
  const spec = (retentionMs: number | undefined) => deadSpec({ name: 'o', partitions: 12, retentionMs }, 'g', '')
  assert.deepEqual(
    [day, 90 * day, undefined].map((each) => spec(each).retentionMs),
    [30 * day, 90 * day, undefined],
  )
  const kafka = { replicas: 3, compression: 'zstd', maxMessageBytes: 1_000_000 } as const
  assert.deepEqual(deadSpec({ name: 'o', partitions: 12, retentionMs: day, kafka }, 'g', ''), {
    name: 'o.g.dead',
    partitions: 1,
    retentionMs: 30 * day,
    kafka: { replicas: 3, maxMessageBytes: 1_065_536 },
  })
})
