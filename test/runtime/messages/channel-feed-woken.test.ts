import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from '../../../src/adapters/memory/store.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLog } from '../../../src/base/log.ts'
import { signal } from '../../../src/base/signal.ts'
import type { Broker, ChannelMessage, OutgoingMessage } from '../../../src/ports/broker.ts'
import { channelFeed } from '../../../src/runtime/messages/channel-feed.ts'
import { commitLimits } from '../../../src/runtime/commits/limits.ts'
import type { Handler } from '../../../src/runtime/loop/handler.ts'
import { MessageDelivery } from '../../../src/runtime/messages/message-delivery.ts'
import type { Bucket } from '../../../src/runtime/ownership.ts'
import { space, type Feed } from '../../../src/runtime/loop/space.ts'
import { inbox } from '../../../src/testing/contracts/store-case.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { until } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

const letter = (key: string): OutgoingMessage => ({ channel: 'letters', key, id: key, headers: '{}', value: '1' })

const terms = {
  channel: 'letters',
  group: 'readers',
  startAt: 'beginning',
  open: (message: ChannelMessage) => new MessageDelivery(message),
} as const

test('a wake-up that comes before the feed is told of a message is followed by one of its own', async () => {
  const clock = fakeClock()
  const store = await memory().open({ clock })
  const wake = signal()
  let tell = (): void => undefined
  const broker: Broker = {
    ...store.broker!,
    watch(listener) {
      tell = listener
      return () => (tell = () => undefined)
    },
  }
  await broker.ensure([{ name: 'letters', partitions: 1, retentionMs: undefined }])
  const feed = await channelFeed({ broker, clock, backstopMs: 1_000, wake, ...terms })
  const read = async (): Promise<readonly string[]> =>
    (await feed.source.after({ bucket: 0, position: 0 } as Bucket, 10)).map(({ key }) => key)
  assert.deepEqual(await read(), [])
  await broker.publish([letter('ada')])
  // Somebody else has noticed the commit first: the consumer looks too early and goes to sleep.
  wake.raise()
  const seen = wake.seen()
  assert.deepEqual(await read(), [])
  const woken = wake.after(seen)
  tell()
  assert.equal(wake.seen(), seen + 1)
  await woken
  assert.deepEqual(await read(), ['ada'])
  await feed.close()
  tell()
  assert.equal(wake.seen(), seen + 1, 'a feed that is closed wakes nobody')
  await store.close()
})

overStores('a consumer that looks before its feed is told gets the message without a backstop', async (t, adapter) => {
  const clock = { now: fakeClock().now, sleep: systemClock.sleep }
  const [store, other, wake] = [await adapter.open({ clock }), await adapter.open({ clock }), signal()]
  const told = scatteredBroker(store.broker!)
  await store.broker!.ensure([{ name: 'letters', partitions: 1, retentionMs: undefined }])
  let noticed = 0
  t.after(store.watch(() => (noticed++, wake.raise())))
  const never = { clock, wake, backstopMs: 2 ** 31 - 1 }
  const feed = await channelFeed({ ...never, broker: told.broker, ...terms })
  let got = 0
  /** What the store had noticed and the consumer had got when the feed was asked last and nothing was there. */
  let empty = { noticed: -1, got: -1 }
  const source: Feed['source'] = {
    async after(where, limit) {
      const asked = { noticed, got }
      const found = await feed.source.after(where, limit)
      if (found.length === 0) empty = asked
      return found
    },
  }
  const shared = { log: silentLog, owner: 'o', leaseMs: 1e9, buckets: 1, limits: commitLimits }
  const work = space({ ...never, ...shared, store, reader: () => ({}) as never })
  const handler = (): Handler => ({
    handle: async (_, events) => ({ inbox: events.map(({ key }) => (got++, inbox(key))) }),
    park: () => ({}),
  })
  const consumer = await work.consume({ name: 'readers', handler, pageEvents: 10, from: { ...feed, source } })
  t.after(async () => {
    await consumer.stop()
    await feed.close()
    await work.close()
    await other.close()
  })
  for (let n = 1; n <= 5; n++) {
    await until('the consumer waits', () => empty.got === n - 1)
    const before = noticed
    await other.broker!.publish([letter(`${n}`)])
    await until('the consumer has looked too early', () => empty.noticed > before)
    assert.equal(got, n - 1)
    await until('the feed can be told', () => told.tell())
    await until(`message ${n} is there`, () => got === n)
  }
})

/** Hears of messages when the one behind it does, but says so only when a test lets it. */
function scatteredBroker(inner: Broker): { readonly broker: Broker; tell(): boolean } {
  const untold: (() => void)[] = []
  const watch = (listener: () => void): (() => void) => inner.watch(() => void untold.push(listener))
  return {
    broker: { ...inner, watch },
    tell() {
      const some = untold.length > 0
      for (const listener of untold.splice(0)) listener()
      return some
    },
  }
}
