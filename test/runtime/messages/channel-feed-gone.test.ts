import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { StoreAdapter } from 'eventwright'
import { systemClock } from '../../../src/base/clock.ts'
import { newId } from '../../../src/base/ids.ts'
import { signal } from '../../../src/base/signal.ts'
import type { Broker } from '../../../src/ports/broker.ts'
import { ChannelEvent } from '../../../src/runtime/messages/channel-event.ts'
import { channelFeed, type ChannelFeed } from '../../../src/runtime/messages/channel-feed.ts'
import { fakeClock, type FakeClock } from '../../../src/testing/fake-clock.ts'
import { patience } from '../../fixtures/patience.ts'
import { running, listening } from '../running.fixture.ts'
import { PlaceOrder, shopWith, thanks } from '../messages.fixture.ts'
import { overStores } from '../stores.fixture.ts'

interface Channel {
  readonly broker: Broker
  readonly clock: FakeClock
  readonly feed: ChannelFeed
  publish(count: number): Promise<void>
}

async function opened(t: TestContext, adapter: StoreAdapter): Promise<Channel> {
  const clock = fakeClock()
  const store = await adapter.open({ clock })
  const broker = store.broker!
  await broker.ensure([{ name: 'c', partitions: 1, retentionMs: 1_000 }])
  const open = (message: ConstructorParameters<typeof ChannelEvent>[0]) => new ChannelEvent(message, () => undefined)
  const terms = { channel: 'c', group: 'g', startAt: 'beginning', open } as const
  const feed = await channelFeed({ broker, clock, backstopMs: 50, wake: signal(), ...terms })
  t.after(async () => {
    await feed.close()
    await store.close()
  })
  return {
    broker,
    clock,
    feed,
    async publish(count) {
      const message = () => ({ channel: 'c', key: 'k', id: newId(), headers: '{}', value: '1' })
      await broker.publish(Array.from({ length: count }, message))
    },
  }
}

const codes = (deliveries: readonly { readonly position: number; readonly fault?: Error | undefined }[]) =>
  deliveries.map(({ position, fault }) => `${position} ${(fault as { code?: string } | undefined)?.code}`)

overStores(
  'a reader whose messages were deleted is told so, in their place, and goes on behind them',
  async (t, adapter) => {
    const { broker, clock, feed, publish } = await opened(t, adapter)
    const at = { bucket: 0, position: 3 }
    await publish(10)
    assert.deepEqual(codes(await feed.source.after(at, 1)), ['4 EW_MESSAGE_UNREADABLE'])
    await clock.advance(2_000)
    await publish(2)
    await broker.trim(clock.now())
    const told = await feed.source.after(at, 10)
    assert.deepEqual(codes(told), ['10 EW_MESSAGES_GONE', '11 EW_MESSAGE_UNREADABLE', '12 EW_MESSAGE_UNREADABLE'])
    assert.match(told[0]!.fault!.message, /c were deleted before they were read: places 3-9/)
    assert.deepEqual(codes(await feed.source.after(at, 1)), ['10 EW_MESSAGES_GONE'])
    assert.deepEqual(codes(await feed.source.after({ bucket: 0, position: 10 }, 1)), ['11 EW_MESSAGE_UNREADABLE'])
  },
)

overStores('a reader is told also when nothing is left behind what was deleted', async (t, adapter) => {
  const { broker, clock, feed, publish } = await opened(t, adapter)
  await publish(10)
  await clock.advance(2_000)
  await broker.trim(clock.now())
  assert.deepEqual(codes(await feed.source.after({ bucket: 0, position: 4 }, 10)), ['10 EW_MESSAGES_GONE'])
  assert.deepEqual(codes(await feed.source.after({ bucket: 0, position: 10 }, 10)), [])
})

overStores(
  'a subscription parks what stands for deleted messages and does its work behind them; a new one says what is gone',
  async (t, adapter) => {
    const shop = shopWith(thanks)
    const orders = await running(t, shop, { store: adapter, services: ['orders'] })
    const store = await adapter.open({ clock: systemClock })
    t.after(() => store.close())
    const mail = await running(t, shop, { store: adapter, services: ['mail'] })
    await orders.execute(PlaceOrder({ orderId: '1', customer: 'ada' }))
    assert.ok((await orders.caughtUp(patience)) && (await mail.caughtUp(patience)))
    await mail.stop()
    await orders.execute(PlaceOrder({ orderId: '2', customer: 'ada' }))
    await orders.execute(PlaceOrder({ orderId: '3', customer: 'ada' }))
    assert.ok(await orders.caughtUp(patience))
    assert.ok((await store.broker!.trim((await store.now()) + 8 * 86_400_000)) >= 3)
    await orders.execute(PlaceOrder({ orderId: '4', customer: 'ada' }))
    assert.ok(await orders.caughtUp(patience))
    const log = listening()
    const again = await running(t, shop, { store: adapter, services: ['mail'], log })
    assert.ok(await again.caughtUp(patience))
    const written = await store.log.readStream({ stream: 'Mailbox/ada', limit: 10 })
    assert.deepEqual(
      written.map(({ data }) => (JSON.parse(data) as { text: string }).text),
      ['Thanks for 1', 'Thanks for 4'],
    )
    const parked = await store.parked.list({ limit: 10 })
    const [first] = parked
    assert.deepEqual(
      [first!.consumer, first!.code, first!.waiting],
      ['mail/subscription:thanks', 'EW_MESSAGES_GONE', 1],
    )
    assert.ok(parked.every(({ consumer, code }) => consumer === first!.consumer && code === first!.code))
    assert.ok(!log.said.some((line) => line.includes('a new reader begins')))
    await again.stop()
    await store.ownership.remove('mail/subscription:thanks')
    await running(t, shop, { store: adapter, services: ['mail'], log })
    assert.ok(
      log.said.includes('warn: a new reader begins behind messages that its channel has deleted'),
      log.said.join(),
    )
  },
)
