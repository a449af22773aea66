import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from '../../../src/adapters/memory/store.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { signal } from '../../../src/base/signal.ts'
import type { Broker, BrokerCapabilities, OutgoingMessage } from '../../../src/ports/broker.ts'
import { channelFeed, type ChannelFeed } from '../../../src/runtime/messages/channel-feed.ts'
import { MessageDelivery } from '../../../src/runtime/messages/message-delivery.ts'
import type { Bucket } from '../../../src/runtime/ownership.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'

const partitions = 4
const backstopMs = 1_000

const letter = (key: string): OutgoingMessage => ({ channel: 'letters', key, id: key, headers: '{}', value: key })

/** A channel whose broker keeps count of what it is asked. */
async function counted(capabilities: BrokerCapabilities = { replay: true, assignment: 'store' }) {
  const clock = fakeClock()
  const { broker: inner, close } = await memory().open({ clock: systemClock })
  const asked = { bounds: 0, reads: 0 }
  /** What the answers of the broker wait for. */
  const held: { until: Promise<void> | undefined } = { until: undefined }
  const listeners = new Set<() => void>()
  const broker: Broker = {
    ...inner!,
    capabilities,
    async bounds(channel) {
      asked.bounds++
      const found = await inner!.bounds(channel)
      await held.until
      return found
    },
    async join(channel, group) {
      const member = await inner!.join(channel, group)
      return {
        ...member,
        read(...where) {
          asked.reads++
          return member.read(...where)
        },
      }
    },
    watch(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  await broker.ensure([{ name: 'letters', partitions, retentionMs: undefined }])
  const open = (message: ConstructorParameters<typeof MessageDelivery>[0]) => new MessageDelivery(message)
  const terms = { channel: 'letters', group: 'readers', startAt: 'oldest', open } as const
  const feed = await channelFeed({ broker, clock, backstopMs, wake: signal(), ...terms })
  Object.assign(asked, { bounds: 0, reads: 0 })
  const tell = (): void => listeners.forEach((listener) => listener())
  return { feed, broker, clock, asked, held, tell, close }
}

/** What a consumer of all partitions does in one round. */
async function round(feed: ChannelFeed, positions: number[]): Promise<string[]> {
  const found: string[] = []
  for (let bucket = 0; bucket < partitions; bucket++) {
    const messages = await feed.source.after({ bucket, position: positions[bucket]! } as Bucket, 10)
    for (const { key, position } of messages) {
      found.push(key)
      positions[bucket] = position
    }
  }
  return found
}

test('one question tells which partitions hold something, and only these are read', async () => {
  const { feed, broker, asked, tell, close } = await counted()
  const positions = feed.starts.slice()
  assert.deepEqual(await round(feed, positions), [])
  assert.deepEqual(asked, { bounds: 1, reads: 0 }, 'an empty channel')
  await broker.publish([letter('ada')])
  tell()
  assert.deepEqual(await round(feed, positions), ['ada'])
  assert.deepEqual(asked, { bounds: 2, reads: 1 })
  assert.deepEqual(await round(feed, positions), [])
  assert.deepEqual(asked, { bounds: 2, reads: 1 }, 'who is at the end asks nobody until somebody tells')
  await close()
})

test('partitions that are asked beside each other share the question, and its failure is not kept', async () => {
  const { feed, broker, asked, held, close } = await counted()
  await broker.publish([letter('ada')])
  const all = (): Promise<PromiseSettledResult<readonly unknown[]>[]> =>
    Promise.allSettled(feed.starts.map((position, bucket) => feed.source.after({ bucket, position } as Bucket, 10)))
  const refused = Promise.reject(new Error('not now'))
  refused.catch(() => undefined)
  held.until = refused
  assert.deepEqual(
    (await all()).map(({ status }) => status),
    Array.from({ length: partitions }, () => 'rejected'),
  )
  held.until = undefined
  const found = await all()
  assert.equal(found.flatMap((each) => (each.status === 'fulfilled' ? each.value : [])).length, 1)
  assert.deepEqual(asked, { bounds: 2, reads: 1 })
  await close()
})

test('a message that nobody has told of is found after the backstop', async () => {
  const { feed, broker, clock, close } = await counted()
  const positions = feed.starts.slice()
  await round(feed, positions)
  await broker.publish([letter('ada'), letter('grace')])
  assert.deepEqual(await round(feed, positions), [])
  await clock.advance(backstopMs)
  assert.deepEqual((await round(feed, positions)).toSorted(), ['ada', 'grace'])
  await close()
})

test('a message that comes while the broker is asked is not taken for absent', async () => {
  const { feed, broker, held, tell, close } = await counted()
  const positions = feed.starts.slice()
  const { promise, resolve } = Promise.withResolvers<void>()
  held.until = promise
  const empty = round(feed, positions)
  await broker.publish([letter('ada')])
  tell()
  resolve()
  assert.deepEqual([...(await empty), ...(await round(feed, positions))], ['ada'])
  await close()
})

test('a broker that assigns partitions itself is read and not asked for bounds', async () => {
  const { feed, broker, asked, tell, close } = await counted({ replay: false, assignment: 'broker' })
  const positions = feed.starts.slice()
  await round(feed, positions)
  await broker.publish([letter('ada')])
  tell()
  assert.deepEqual(await round(feed, positions), ['ada'])
  assert.deepEqual(asked, { bounds: 0, reads: 2 * partitions })
  await close()
})
