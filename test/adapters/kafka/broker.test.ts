import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { Producer, ResourceTypes } from '@platformatic/kafka'
import { isEventwrightError } from '../../../src/base/errors.ts'
import { newId } from '../../../src/base/ids.ts'
import type { Broker, ChannelMessage, ChannelSpec, OutgoingMessage } from '../../../src/ports/broker.ts'
import { kafka } from '../../../src/adapters/kafka/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { freshKafka, type FreshKafka } from '../../fixtures/fresh-kafka.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { until } from '../../runtime/running.fixture.ts'

const clock = systemClock

async function opened(
  spec: Partial<ChannelSpec> = {},
  work: (broker: Broker, fresh: FreshKafka) => Promise<void>,
): Promise<void> {
  const fresh = freshKafka()
  const broker = await fresh.adapter.open({ clock })
  try {
    await broker.ensure([{ name: 'orders', partitions: 1, retentionMs: undefined, ...spec }])
    await work(broker, fresh)
  } finally {
    await broker.close()
    await fresh.drop()
  }
}

function message(key: string, value = '{}'): OutgoingMessage {
  return { channel: 'orders', key, id: newId(), headers: '{}', value }
}

async function everything(broker: Broker, partition = 0): Promise<readonly ChannelMessage[]> {
  const member = await broker.join('orders', 'observers')
  const found: ChannelMessage[] = []
  const { next } = (await broker.bounds('orders'))[partition]!
  for (let from = 0; from < next;) {
    const page = await member.read(partition, from, 1_000)
    if (page.length === 0) break
    found.push(...page)
    from = page.at(-1)!.offset + 1
  }
  await member.close()
  return found
}

/** Waits until the topic has these settings: a broker knows them some time after whoever has set them. */
async function untilSet({ admin, prefix }: FreshKafka, settings: Readonly<Record<string, string>>): Promise<void> {
  const resources = [{ resourceType: ResourceTypes.TOPIC, resourceName: `${prefix}orders` }]
  let seen: unknown
  const look = async (): Promise<boolean> => {
    const [described] = await admin.describeConfigs({ resources })
    const own = described!.configs.filter(({ name }) => Object.hasOwn(settings, name))
    seen = Object.fromEntries(own.map(({ name, value }) => [name, value]))
    return isDeepStrictEqual(seen, settings)
  }
  await until('the topic has its settings', look).catch(() => assert.deepEqual(seen, settings))
}

function foreign({ brokers }: FreshKafka, transactionalId?: string): Producer {
  const options = transactionalId === undefined ? {} : { transactionalId, retryDelay: 20 }
  return new Producer({ clientId: 'foreign', bootstrapBrokers: [...brokers], idempotent: true, ...options })
}

if (kafkaBrokers() !== undefined) {
  test('1,000 calls at once of one message each give 1,000 messages with offsets of their own', () =>
    opened({}, async (broker) => {
      const messages = Array.from({ length: 1_000 }, (_, n) => message(`k${n}`))
      const outcomes = await Promise.all(messages.map((each) => broker.publish([each])))
      assert.ok(outcomes.every(([outcome]) => outcome?.kind === 'ok'))
      const found = await everything(broker)
      assert.equal(new Set(found.map(({ offset }) => offset)).size, 1_000)
      assert.deepEqual(new Set(found.map(({ id }) => id)), new Set(messages.map(({ id }) => id)))
    }))

  test('a page is a whole one wherever what a request brings has ended', () =>
    opened({}, async (broker) => {
      const value = JSON.stringify('x'.repeat(2_000))
      for (let n = 0; n < 4; n++)
        await broker.publish(Array.from({ length: 150 }, (_, k) => message(`${n} ${k}`, value)))
      const member = await broker.join('orders', 'observers')
      const pages: (readonly ChannelMessage[])[] = []
      for (let from = 0; from < 600; from += pages.at(-1)!.length) {
        pages.push(await member.read(0, from, 100))
        assert.notEqual(pages.at(-1)!.length, 0)
      }
      await member.close()
      const offsets = pages.map((page) => page.map(({ offset }) => offset))
      assert.deepEqual(
        offsets,
        Array.from({ length: 6 }, (_, n) => Array.from({ length: 100 }, (_, k) => 100 * n + k)),
      )
    }))

  test('a message that is too large for its topic is refused alone, and later ones of its key are skipped', () =>
    opened({ kafka: { maxMessageBytes: 100_000 } }, async (broker) => {
      const large = 'x'.repeat(200_000)
      const keys = Array.from({ length: 40 }, (_, n) => `k${n}`)
      const calls = [
        ...keys.map((key) => message(key, 'before')),
        message('k7', large),
        message('k7', 'after'),
        ...keys.map((key) => message(key, 'last')),
      ]
      const outcomes = await broker.publish(calls)
      const others = outcomes.flatMap(({ kind }, index) => (kind === 'ok' ? [] : [`${index} ${kind}`]))
      assert.deepEqual(others, ['40 refused', '41 skipped', '49 skipped'])
      assert.ok(outcomes[40]?.kind === 'refused' && outcomes[40].reason.includes('max.message.bytes'))
      const found = await everything(broker)
      assert.deepEqual(
        found.map(({ id }) => id),
        calls.filter((_, index) => outcomes[index]!.kind === 'ok').map(({ id }) => id),
      )
      assert.deepEqual(await broker.publish([message('k7', 'again')]), [{ kind: 'ok' }])
    }))

  test('a topic is made as it is declared, and what is declared anew is set', () =>
    opened({ retentionMs: 60_000, kafka: { replicas: 1, maxMessageBytes: 70_000 } }, async (broker, fresh) => {
      await untilSet(fresh, {
        'retention.ms': '60000',
        'max.message.bytes': '70000',
        'message.timestamp.type': 'LogAppendTime',
      })
      await broker.ensure([
        { name: 'orders', partitions: 1, retentionMs: undefined, kafka: { maxMessageBytes: 80_000 } },
      ])
      await untilSet(fresh, { 'retention.ms': '-1', 'max.message.bytes': '80000' })
    }))

  test('of two processes that make a channel at once with other partitions one is told', () =>
    opened({}, async (broker, fresh) => {
      const other = await fresh.adapter.open({ clock })
      for (let round = 0; round < 8; round++) {
        const make = (by: Broker, partitions: number): Promise<void> =>
          by.ensure([{ name: `race-${round}`, partitions, retentionMs: undefined }])
        const results = await Promise.allSettled([make(broker, 1), make(other, 2)])
        const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []))
        assert.deepEqual(
          failed.map((error) => isEventwrightError(error, 'EW_CHANNEL_CHANGED')),
          [true],
        )
      }
      await other.close()
    }))

  test('more replicas than there are brokers are refused, and nothing is made', async () => {
    const fresh = freshKafka({ replicas: 3_000 })
    const broker = await fresh.adapter.open({ clock })
    await assert.rejects(broker.ensure([{ name: 'orders', partitions: 1, retentionMs: undefined }]), (error: Error) => {
      return isEventwrightError(error, 'EW_BROKER_FAILED') && error.message.includes('INVALID_REPLICATION_FACTOR')
    })
    await assert.rejects(broker.bounds('orders'), { code: 'EW_CHANNEL_UNKNOWN' })
    await assert.rejects(broker.ensure([{ name: 'ä', partitions: 1, retentionMs: undefined }]), { code: 'EW_CONFIG' })
    await broker.close()
    await fresh.drop()
  })

  for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)
    test(`batches packed by ${compression} are read as they were written`, () =>
      opened({ kafka: { compression } }, async (broker, fresh) => {
        const messages = Array.from({ length: 300 }, (_, n) => message('a', `${n} ${'x'.repeat(1_000)}`))
        await broker.publish(messages)
        assert.deepEqual(
          (await everything(broker)).map(({ value }) => value),
          messages.map(({ value }) => value),
        )
        const [{ partitions }] = (await fresh.admin
          .describeLogDirs({
            topics: [{ name: `${fresh.prefix}orders`, partitions: [0] }],
          })
          .then(([first]) => first!.results.flatMap(({ topics }) => topics))) as [
          { partitions: readonly { partitionSize: bigint }[] },
        ]
        const bytes = Number(partitions[0]!.partitionSize)
        assert.equal(bytes < 150_000, compression !== 'none', `${bytes} bytes`)
      }))

  test('a page has at most 1 MiB of text although packed it is small', () =>
    opened({ kafka: { compression: 'zstd' } }, async (broker) => {
      await broker.publish(Array.from({ length: 12 }, () => message('a', 'x'.repeat(300_000))))
      const member = await broker.join('orders', 'readers')
      const sizes: number[] = []
      for (let from = 0; from < 12; from += sizes.at(-1)!) sizes.push((await member.read(0, from, 100)).length)
      assert.deepEqual(sizes, [3, 3, 3, 3])
    }))

  test('what others have written is read: tombstones, no key, binary and repeated headers', () =>
    opened({}, async (broker, fresh) => {
      const producer = foreign(fresh)
      const topic = `${fresh.prefix}orders`
      const [text, bytes] = [Buffer.from('t'), Buffer.from([0xff, 0])]
      await producer.send({
        messages: [
          { topic, key: text, value: null as unknown as Buffer },
          { topic, value: text },
          { topic, key: bytes, value: bytes, headers: new Map([[text, bytes]]) },
          {
            topic,
            key: Buffer.alloc(0),
            value: Buffer.alloc(0),
            headers: new Map([
              [Buffer.from('a'), text],
              [Buffer.from('a'), bytes],
            ]),
          },
        ],
      })
      await producer.close()
      const found = await everything(broker)
      assert.deepEqual(
        found.map(({ key, value }) => [key, value]),
        [
          ['t', 'null'],
          ['', 't'],
          ['base64:/wA=', bytes.toString('base64')],
          ['', ''],
        ],
      )
      assert.deepEqual(
        found.map(({ id }) => id),
        [0, 1, 2, 3].map((offset) => `orders-0-${offset}`),
      )
      assert.match(found[2]!.headers, /"t":"base64:\/wA=","ew_undecoded"/)
      assert.equal(found[3]!.headers, '{"a":"base64:/wA="}')
    }))

  test('transactions of others are read when they are committed, and never when they are given up', () =>
    opened({}, async (broker, fresh) => {
      const producer = foreign(fresh, newId())
      const topic = `${fresh.prefix}orders`
      const inTransaction = async (value: string, commits: boolean): Promise<void> => {
        const transaction = await producer.beginTransaction()
        await transaction.send({ messages: [{ topic, key: Buffer.from('a'), value: Buffer.from(value) }] })
        if (!commits) return transaction.abort()
        assert.deepEqual((await everything(broker)).map((each) => each.value).includes(value), false)
        await transaction.commit()
      }
      await inTransaction('first', true)
      await inTransaction('given up', false)
      await broker.publish([message('a', 'ours')])
      await inTransaction('last', true)
      await producer.close()
      await until('three messages', async () => (await everything(broker)).length === 3)
      assert.deepEqual(
        (await everything(broker)).map(({ value }) => value),
        ['first', 'ours', 'last'],
      )
    }))

  test('what a group has done stands in Kafka, so that its tools show how far it is behind', () =>
    opened({ partitions: 2 }, async (broker, { admin, prefix }) => {
      const wanted = [
        [0, 4n],
        [1, 5n],
      ]
      let shown: unknown
      // What Kafka does not take in time is left until the next time.
      const isShown = async (): Promise<boolean> => {
        const member = await broker.join('orders', 'billing')
        await member.done(0, 3)
        await member.done(1, 5)
        await member.done(0, 4)
        await member.close()
        const groups = await admin.listConsumerGroupOffsets({ groups: [`${prefix}billing`] })
        const partitions = groups[0]?.topics[0]?.partitions ?? []
        shown = partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]).sort()
        return isDeepStrictEqual(shown, wanted)
      }
      await until('Kafka shows it', isShown).catch(() => assert.deepEqual(shown, wanted))
    }))

  test('two readers of one partition and jumps between pages read the same as one that goes on', () =>
    opened({}, async (broker) => {
      await broker.publish(Array.from({ length: 6_000 }, (_, n) => message('a', `${n} ${'x'.repeat(500)}`)))
      const all = await everything(broker)
      assert.equal(all.length, 6_000)
      const member = await broker.join('orders', 'jumpers')
      const starts = [0, 500, 1_000, 5_999, 0, 2_000, 1_999, 2_499, 6_000, 2_999]
      const pages = await Promise.all(starts.map((from) => member.read(0, from, 500)))
      starts.forEach((from, index) => {
        const expected = all.slice(from, from + 500)
        assert.ok(pages[index]!.length > 0 || expected.length === 0)
        assert.deepEqual(pages[index], expected.slice(0, pages[index]!.length))
      })
    }))

  test('readers and watchers go on with a channel that another process has taken away and made again', () =>
    opened({}, async (broker, fresh) => {
      await broker.publish([message('a', 'old 0'), message('a', 'old 1')])
      const member = await broker.join('orders', 'readers')
      assert.equal((await member.read(0, 0, 1)).length, 1)
      const other = await fresh.adapter.open({ clock })
      let heard = 0
      const end = broker.watch(() => void heard++)
      await other.remove('orders')
      await other.ensure([{ name: 'orders', partitions: 1, retentionMs: undefined }])
      assert.deepEqual(
        (await broker.bounds('orders')).map(({ next }) => next),
        [0],
      )
      assert.deepEqual(await member.read(0, 2, 10), [])
      const before = heard
      await other.publish([message('a', 'new')])
      await until('the watcher hears', () => heard > before)
      let last = -1
      await until('the watcher is left alone', async () => {
        if (heard === last) return true
        last = heard
        await clock.sleep(100)
        return heard === last
      })
      end()
      assert.deepEqual(
        (await member.read(0, 0, 10)).map(({ value }) => value),
        ['new'],
      )
      assert.deepEqual(await broker.publish([message('a', 'ours')]), [{ kind: 'ok' }])
      assert.deepEqual(
        (await member.read(0, 1, 10)).map(({ value }) => value),
        ['ours'],
      )
      await other.close()
    }))

  test('a cluster that is not there is told at the opening, by its name', async () => {
    const adapter = kafka('kafka://127.0.0.1:1')
    await assert.rejects(adapter.open({ clock }), (error: Error) => {
      return isEventwrightError(error, 'EW_BROKER_FAILED') && error.message.includes('kafka 127.0.0.1:1: connecting')
    })
  })
}
