import assert from 'node:assert/strict'
import { subscription, systemClock } from 'eventwright'
import type { Broker, ChannelMessage, OutgoingMessage } from '../../../src/ports/broker.ts'
import { patience } from '../../fixtures/patience.ts'
import { orderEvents, PlaceOrder, shopWith, thanks } from '../messages.fixture.ts'
import { running, until } from '../running.fixture.ts'
import { altered, overStores } from '../stores.fixture.ts'

async function messagesOf(broker: Broker, channel: string): Promise<readonly ChannelMessage[]> {
  const reader = await broker.join(channel, 'tester')
  const bounds = await broker.bounds(channel)
  const pages = await Promise.all(bounds.map(({ partition, first }) => reader.read(partition, first, 10)))
  await reader.close()
  return pages.flat()
}

function outgoing({ channel, key, id, headers, value }: ChannelMessage): OutgoingMessage {
  return { channel, key, id, headers, value }
}

overStores('an event that a channel brings again, in one page or later, is not handled again', async (t, store) => {
  const opened = await store.open({ clock: systemClock })
  const broker = opened.broker!
  const handled: string[] = []
  const count = subscription('count', { from: orderEvents }).on({ OrderPlaced: (e) => void handled.push(e.orderId) })
  const shop = await running(t, shopWith(count), { store: altered(store, () => opened) })
  for (const orderId of ['1', '2', '3']) await shop.execute(PlaceOrder({ orderId, customer: 'ada' }))
  assert.ok(await shop.caughtUp(patience))
  assert.deepEqual(handled.toSorted(), ['1', '2', '3'])
  const copies = (await messagesOf(broker, 'orders')).map(outgoing)
  assert.equal(copies.length, 3)
  await broker.publish([...copies, ...copies])
  // A fourth one, twice: none of its copies was handled before its page came.
  const [like] = copies
  const headers = JSON.parse(like!.headers) as Record<string, string>
  const fourth = {
    ...like!,
    id: `${like!.id.slice(0, -4)}beef`,
    headers: JSON.stringify({ ...headers, ew_version: '999' }),
  }
  await broker.publish([fourth, fourth])
  await until('the fourth was handled', () => handled.length > 3)
  assert.deepEqual(handled.slice(3), [like!.key])
  assert.ok(await shop.caughtUp(patience))
  assert.deepEqual(handled.slice(3), [like!.key])
  await shop.stop()
})

overStores('what an event sends has the same key, also when the inbox has forgotten the event', async (t, store) => {
  const opened = await store.open({ clock: systemClock })
  const broker = opened.broker!
  const shop = await running(t, shopWith(thanks), { store: altered(store, () => opened) })
  await shop.execute(PlaceOrder({ orderId: '1', customer: 'ada' }))
  assert.ok(await shop.caughtUp(patience))
  await opened.inbox.purge('mail/subscription:thanks', Number.MAX_SAFE_INTEGER, 100)
  await broker.publish((await messagesOf(broker, 'orders')).map(outgoing))
  const sent = () => messagesOf(broker, 'mail.commands')
  await until('it is sent again', async () => (await sent()).length === 2)
  const keys = (await sent()).map(({ headers }) => (JSON.parse(headers) as { ew_key: string }).ew_key)
  assert.equal(keys[0], keys[1])
  await shop.stop()
})
