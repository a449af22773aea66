import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { StoreAdapter } from 'eventwright'
import type { Store } from '../../../src/ports/store.ts'
import { patience } from '../../fixtures/patience.ts'
import { PlaceOrder, shopWith, thanks } from '../messages.fixture.ts'
import { all, running, until, type RunningOf } from '../running.fixture.ts'
import { altered, overStores } from '../stores.fixture.ts'

type Shop = RunningOf<ReturnType<typeof shopWith<typeof thanks>>>
type Publish = NonNullable<Store['broker']>['publish']

/** A store whose broker publishes as `change` says. */
function publishing(store: StoreAdapter, change: (publish: Publish) => Publish): StoreAdapter {
  return altered(store, ({ broker }) => ({ broker: { ...broker!, publish: change(broker!.publish) } }))
}

async function place(shop: Shop, orderIds: readonly string[]): Promise<void> {
  for (const orderId of orderIds) await shop.execute(PlaceOrder({ orderId, customer: 'ada' }))
}

async function assertLetters(t: TestContext, store: StoreAdapter, orderIds: readonly string[]): Promise<void> {
  const shop = await running(t, shopWith(thanks), { store })
  assert.ok(await shop.caughtUp(patience))
  const letters = await all(shop.events.stream('Mailbox/ada'))
  // Orders are keys of their own, so their order among each other is nobody's.
  assert.deepEqual(
    letters.map(({ data }) => (data as { text: string }).text).sort(),
    orderIds.map((orderId) => `Thanks for ${orderId}`),
  )
}

const orders = ['1', '2', '3']
const ways = [
  { what: 'events of the log', channel: 'orders' },
  { what: 'rows of the outbox', channel: 'mail.commands' },
]

for (const { what, channel } of ways) {
  overStores(`${what} that no broker had taken when a process ended are published by the next`, async (t, store) => {
    let tries = 0
    const down = publishing(store, (publish) => async (messages) => {
      if (messages[0]!.channel !== channel) return publish(messages)
      tries++
      throw new Error('the broker is away')
    })
    const first = await running(t, shopWith(thanks), { store: down })
    await place(first, orders)
    await until('the broker was asked', () => tries > 0)
    await first.stop()
    await assertLetters(t, store, orders)
  })

  overStores(`${what} whose publication was not heard of are published again, and arrive once`, async (t, store) => {
    let unheard = 0
    const cut = publishing(store, (publish) => async (messages) => {
      const outcomes = await publish(messages)
      if (messages[0]!.channel !== channel || ++unheard > 2) return outcomes
      throw new Error('the answer was lost')
    })
    const first = await running(t, shopWith(thanks), { store: cut })
    await place(first, orders)
    await until('three answers', () => unheard > 2)
    assert.ok(await first.caughtUp(patience))
    await first.stop()
    await assertLetters(t, store, orders)
  })
}
