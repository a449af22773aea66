import assert from 'node:assert/strict'
import { command, handle, service, subscription, system, t as t_ } from 'eventwright'
import type { Running, StoreAdapter } from 'eventwright'
import { systemClock } from '../../../src/base/clock.ts'
import { patience } from '../../fixtures/patience.ts'
import {
  Mailbox,
  Order,
  orderEvents,
  OrderPlaced,
  PlaceOrder,
  SendLetter,
  shopWith,
  thanks,
} from '../messages.fixture.ts'
import { all, running, until } from '../running.fixture.ts'
import { altered, overStores } from '../stores.fixture.ts'

const lettersOf = async (open: Pick<Running, 'events'>, person: string): Promise<readonly string[]> =>
  (await all(open.events.stream(`${Mailbox.name}/${person}`))).map(({ data }) => (data as { text: string }).text)

const parkedOf = (open: Pick<Running, 'inspect'>, consumer: string) =>
  open.inspect.deadLetters.list({ consumer, limit: 100 })

const place = (orderId: string, customer = 'ada') => PlaceOrder({ orderId, customer })

overStores('an event crosses to another service, and what that sends reaches its handler, once', async (t, store) => {
  const shop = await running(t, shopWith(thanks), { store })
  const placed = await shop.execute(place('1'), { correlationId: 'c-1' })
  await shop.execute(place('2'))
  assert.ok(await shop.caughtUp(patience))
  assert.deepEqual(await lettersOf(shop, 'ada'), ['Thanks for 1', 'Thanks for 2'])
  const [letter] = await all(shop.events.stream('Mailbox/ada'))
  assert.deepEqual([letter!.meta['correlationId'], placed.events.length], ['c-1', 1])
})

overStores('messages that come again change nothing, whichever loop repeats them', async (t, store) => {
  const first = await running(t, shopWith(thanks), { store })
  for (let n = 0; n < 20; n++) await first.execute(place(String(n)))
  assert.ok(await first.caughtUp(patience))
  await first.stop()
  await backToTheBeginning(store)
  const second = await running(t, shopWith(thanks), { store })
  await second.execute(place('last'))
  assert.ok(await second.caughtUp(patience))
  const letters = await lettersOf(second, 'ada')
  assert.equal(letters.length, 21)
  assert.equal(new Set(letters).size, 21)
})

overStores(
  'a message that cannot be handled parks its key; others flow, and it is replayed in order',
  async (t, store) => {
    let broken = true
    const picky = subscription('thanks', { from: orderEvents, retry: { maxAttempts: 1 } }).on({
      OrderPlaced(e, { send }) {
        if (broken && e.orderId === 'bad') throw new Error('no paper')
        send(SendLetter({ to: e.customer, text: e.orderId }))
      },
    })
    const shop = await running(t, shopWith(picky), { store })
    for (const id of ['bad', 'good', 'better']) await shop.execute(place(id))
    await until('two letters', async () => (await lettersOf(shop, 'ada')).length === 2)
    await until('the third is parked', async () => (await parkedOf(shop, 'mail/subscription:thanks')).length === 1)
    const [parked] = await parkedOf(shop, 'mail/subscription:thanks')
    assert.deepEqual([parked!.key, parked!.message, parked!.behind], ['bad', 'no paper', 0])
    broken = false
    await shop.operate.deadLetters.replay('mail/subscription:thanks', 'bad')
    assert.ok(await shop.caughtUp(patience))
    assert.deepEqual([...(await lettersOf(shop, 'ada'))].sort(), ['bad', 'better', 'good'])
  },
)

overStores('a message that nobody can read is kept as it came, under its key', async (t, store) => {
  const opened = await store.open({ clock: systemClock })
  const shop = await running(t, shopWith(thanks), { store: altered(store, () => opened) })
  const hostile = ['', '[]', '{"ce_id":1}', '{"ce_id":"x"}']
  const messages = hostile.map((headers, n) => ({ channel: 'orders', key: `k${n}`, id: `m${n}`, headers, value: '{}' }))
  await opened.broker!.publish(messages)
  await opened.broker!.publish([{ channel: 'mail.commands', key: 'k', id: 'm', headers: '{}', value: 'x' }])
  await shop.execute(place('1'))
  await until('the letter', async () => (await lettersOf(shop, 'ada')).length === 1)
  await until('all are parked', async () => (await parkedOf(shop, 'mail/subscription:thanks')).length === 4)
  for (const { code } of await parkedOf(shop, 'mail/subscription:thanks')) assert.equal(code, 'EW_MESSAGE_UNREADABLE')
  await until('the command too', async () => (await parkedOf(shop, 'mail/commands')).length === 1)
})

overStores('what a command handler sends leaves with its unit, once for its idempotency key', async (t, store) => {
  const Greet = command('Greet', { orderId: t_.string(), to: t_.string() })
  const greet = handle(Greet, async ({ orderId, to }, { send, append }) => {
    append(Order, orderId, OrderPlaced({ orderId, customer: to }))
    send(SendLetter({ to, text: 'Hello' }))
  })
  const shop = await running(
    t,
    system('shop', { services: [service('orders', { parts: [Order, greet] }), service('mail', { parts: [Mailbox] })] }),
    { store },
  )
  for (let n = 0; n < 3; n++) await shop.execute(Greet({ orderId: '1', to: 'ada' }), { idempotencyKey: 'k' })
  assert.ok(await shop.caughtUp(patience))
  assert.deepEqual(await lettersOf(shop, 'ada'), ['Hello'])
})

overStores('partitions whose leases end later than those of the rest are found', async (t, store) => {
  const opened = await store.open({ clock: systemClock })
  const shop = await running(t, shopWith(thanks), { store })
  await shop.stop()
  // As a process leaves it that was killed: each lease was last renewed at another time.
  const [consumer, source] = ['mail/commands', 'mail.commands']
  const held = await opened.ownership.claim(consumer, source, 'dead', 1_000)
  await opened.ownership.release(held.filter(({ bucket }) => bucket === 0))
  await opened.close()
  const again = await running(t, shopWith(thanks), { store })
  for (let n = 0; n < 12; n++) await again.execute(place(String(n), `reader-${n}`))
  assert.ok(await again.caughtUp(patience))
  for (let n = 0; n < 12; n++) assert.deepEqual(await lettersOf(again, `reader-${n}`), [`Thanks for ${n}`])
})

/** As if every loop had died before it recorded how far it was. */
async function backToTheBeginning(store: StoreAdapter): Promise<void> {
  const opened = await store.open({ clock: systemClock })
  for (const row of await opened.ownership.list()) {
    const held = await opened.ownership.claim(row.consumer, row.source, 'tester', 60_000)
    for (const { consumer, source, bucket, epoch, position } of held)
      await opened.commit([{ positions: [{ consumer, source, bucket, epoch, from: position, to: 0, ttlMs: 60_000 }] }])
    await opened.ownership.release(held)
  }
  await opened.close()
}
