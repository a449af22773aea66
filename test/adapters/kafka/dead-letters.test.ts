import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Broker, ChannelMessage, DeadLetterFacts } from '../../../src/ports/broker.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { failure } from '../../../src/base/errors.ts'
import type { MessageCodec } from '../../../src/ports/message-codec.ts'
import { freshKafka, type FreshKafka } from '../../fixtures/fresh-kafka.ts'
import { batchOf, sendBatch, varint } from '../../fixtures/kafka-bombs.ts'
import { recordsOf } from '../../fixtures/kafka-records.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'

const facts: DeadLetterFacts = {
  reason: 'poison',
  attempts: 1,
  errorType: 'TypeError',
  errorMessage: 'why',
  failedAtMs: 1_700_000_000_000,
}

interface Trial extends FreshKafka {
  readonly broker: Broker
  readonly topic: string
  /** Everything that stands in the channel. */
  read(): Promise<readonly ChannelMessage[]>
  dead(group?: string): ReturnType<typeof recordsOf>
}

async function trial(work: (trial: Trial) => Promise<void>, codec?: MessageCodec): Promise<void> {
  const fresh = freshKafka()
  const broker = await fresh.adapter.open({ clock: systemClock, ...(codec && { codec }) })
  try {
    await broker.ensure([{ name: 'orders', partitions: 1, retentionMs: 60_000, groups: ['g'] }])
    await work({
      ...fresh,
      broker,
      topic: `${fresh.prefix}orders`,
      read: async () => (await broker.join('orders', 'g')).read(0, 0, 100),
      dead: (group = 'g') => recordsOf(fresh.brokers[0]!, `${fresh.prefix}orders.${group}.dead`),
    })
  } finally {
    await broker.close()
    await fresh.drop()
  }
}

/** A record of bytes, with headers of bytes. */
function recordOf(
  key: Buffer | null,
  value: Buffer | null,
  headers: readonly (readonly [string, Buffer | null])[],
): Buffer {
  const content = (bytes: Buffer | null): Buffer[] => (bytes === null ? [varint(-1)] : [varint(bytes.length), bytes])
  const pairs = headers.flatMap(([name, bytes]) => [...content(Buffer.from(name)), ...content(bytes)])
  const parts = [
    Buffer.from([0]),
    varint(0),
    varint(0),
    ...content(key),
    ...content(value),
    varint(headers.length),
    ...pairs,
  ]
  const inner = Buffer.concat(parts)
  return batchOf(Buffer.concat([varint(inner.length), inner]), { count: 1 })
}

if (kafkaBrokers() !== undefined) {
  test('what stood in the partition stands in the topic byte for byte: no key, no value, headers twice and of bytes', () =>
    trial(async ({ broker, brokers, topic, read, dead }) => {
      const headers = [
        ['a', Buffer.from('1')],
        ['a', Buffer.from([0xff])],
        ['b', null],
      ] as const
      const [key, value] = [Buffer.from([0xfe]), Buffer.from([0, 0xff, 0xfe])]
      await sendBatch(brokers[0]!, topic, recordOf(null, null, headers))
      await sendBatch(brokers[0]!, topic, recordOf(key, value, headers))
      for (const message of await read()) await broker.deadLetter!('orders', 'g', message, facts)
      const found = await dead()
      assert.deepEqual(
        found.map((each) => [each.key, each.value]),
        [
          [null, null],
          [key, value],
        ],
      )
      for (const each of found) {
        assert.deepEqual(
          each.headers.slice(0, 3).map(([name, content]) => [String(name), content]),
          headers.map((pair) => [...pair]),
        )
        assert.equal(each.headers.length, 13)
      }
    }))

  test('with a codec the bytes are those that came, not what the codec would write now', () => {
    const codec: MessageCodec = {
      encode: async ({ channel, key, value }) => ({ channel, key, headers: {}, value: Buffer.from(`now ${value}`) }),
      decode: async ({ value }) => ({ headers: '{}', value: `read ${Buffer.from(value).toString()}` }),
    }
    return trial(async ({ broker, brokers, topic, read, dead }) => {
      await sendBatch(brokers[0]!, topic, recordOf(Buffer.from('k'), Buffer.from('then'), []))
      const [message] = await read()
      assert.equal(message!.value, 'read then')
      await broker.deadLetter!('orders', 'g', message!, facts)
      // It is not there any more, so that it is written anew.
      await broker.deadLetter!('orders', 'g', { ...message!, offset: 900 }, facts)
      assert.deepEqual(
        (await dead()).map(({ value }) => value!.toString()),
        ['then', 'now read then'],
      )
    }, codec)
  })

  test('what the codec cannot write any more is shown as its text', () => {
    const codec: MessageCodec = {
      encode: async () => Promise.reject(failure('EW_MESSAGE_UNWRITABLE', 'A trial.')),
      decode: async ({ value }) => ({ headers: '{}', value: Buffer.from(value).toString() }),
    }
    return trial(async ({ broker, dead }) => {
      const message = {
        channel: 'orders',
        partition: 0,
        offset: 5,
        atMs: 0,
        key: 'k',
        id: 'i',
        headers: '{}',
        value: '7',
      }
      await broker.deadLetter!('orders', 'g', message, facts)
      assert.deepEqual(
        (await dead()).map(({ value }) => value!.toString()),
        ['7'],
      )
    }, codec)
  })

  test('the topic is made when it is needed, kept longer than the channel, and taken away with the group or the channel', () =>
    trial(async ({ broker, admin, prefix, dead, read }) => {
      const topics = async (): Promise<readonly string[]> => {
        const all = await admin.listTopics()
        return all.flatMap((each) => (each.startsWith(prefix) ? [each.slice(prefix.length)] : [])).sort()
      }
      await broker.publish([{ channel: 'orders', key: 'k', id: 'i', headers: '{}', value: '1' }])
      const [message] = await read()
      assert.deepEqual(await topics(), ['orders'])
      for (const group of ['g', 'h', 'i']) await broker.deadLetter!('orders', group, message!, facts)
      assert.deepEqual(await topics(), ['orders', 'orders.g.dead', 'orders.h.dead', 'orders.i.dead'])
      const resource = { resourceType: 2, resourceName: `${prefix}orders.g.dead` } as const
      const [described] = await admin.describeConfigs({ resources: [resource] })
      const value = (name: string) => described!.configs.find((config) => config.name === name)?.value
      assert.deepEqual(['retention.ms', 'cleanup.policy'].map(value), ['2592000000', 'delete'])
      await broker.forget!('orders', 'h')
      await broker.forget!('orders', 'never')
      assert.deepEqual(await topics(), ['orders', 'orders.g.dead', 'orders.i.dead'])
      // Somebody else has deleted it: the next one makes it again.
      await admin.deleteTopics({ topics: [`${prefix}orders.g.dead`] })
      await broker.deadLetter!('orders', 'g', message!, facts).catch(() => undefined)
      await broker.deadLetter!('orders', 'g', message!, facts)
      assert.ok((await dead()).length >= 1)
      await broker.remove('orders')
      assert.deepEqual(await topics(), [])
    }))

  test('a value that its topic does not take is left out, and that is said', () =>
    trial(async ({ broker, admin, prefix, read, dead }) => {
      const value = JSON.stringify(Array.from({ length: 20_000 }, () => Math.random()))
      await broker.publish([{ channel: 'orders', key: 'k', id: 'i', headers: '{}', value }])
      const [message] = await read()
      const configs = [{ name: 'max.message.bytes', value: '5000' }]
      await admin.createTopics({ topics: [`${prefix}orders.g.dead`], partitions: 1, replicas: 1, configs })
      await broker.deadLetter!('orders', 'g', message!, facts)
      const [letter] = await dead()
      const told = Object.fromEntries(letter!.headers.map(([name, content]) => [String(name), String(content)]))
      assert.deepEqual([letter!.value, told['ew-dl-left-out']], [null, `a value of ${value.length} bytes`])
    }))
}
