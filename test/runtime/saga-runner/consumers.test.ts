import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory, systemClock, type Running } from 'eventwright'
import { startSagas } from '../../../src/runtime/saga-runner/consumers.ts'
import { patience } from '../../fixtures/patience.ts'
import { depot, PlaceOrder } from '../saga-system.fixture.ts'
import { all, running } from '../running.fixture.ts'
import { overStores } from '../stores.fixture.ts'

/** What happened to an order, in all services, by type. */
export async function storyOf(open: Pick<Running, 'events'>, orderId: string): Promise<readonly string[]> {
  const events = await all(open.events.log())
  return events.filter(({ data }) => (data as { orderId: string }).orderId === orderId).map(({ type }) => type)
}

overStores('a saga over three services completes, and a process follows it', async (t, store) => {
  const open = await running(t, depot, { store })
  await open.execute(PlaceOrder({ orderId: '1', quantity: 2, card: 'good' }))
  assert.ok(await open.caughtUp(patience))
  assert.deepEqual(await storyOf(open, '1'), ['OrderPlaced', 'Reserved', 'Charged', 'OrderConfirmed', 'Shipped'])
})

overStores(
  'a refused step is followed by the undos of what was done, in reverse, and by the failure',
  async (t, store) => {
    const open = await running(t, depot, { store })
    await open.execute(PlaceOrder({ orderId: 'big', quantity: 11, card: 'good' }))
    await open.execute(PlaceOrder({ orderId: 'poor', quantity: 1, card: 'bad' }))
    assert.ok(await open.caughtUp(patience))
    assert.deepEqual(await storyOf(open, 'big'), ['OrderPlaced', 'OrderCancelled'])
    assert.deepEqual(await storyOf(open, 'poor'), ['OrderPlaced', 'Reserved', 'Released', 'OrderCancelled'])
  },
)

overStores('many sagas run beside each other, and each keeps what its order has caused together', async (t, store) => {
  const open = await running(t, depot, { store })
  const orders = Array.from({ length: 100 }, (_, n) => ({
    orderId: `${n}`,
    quantity: n % 14,
    card: n % 5 ? 'good' : 'bad',
  }))
  await Promise.all(orders.map((each) => open.execute(PlaceOrder(each), { correlationId: `c-${each.orderId}` })))
  assert.ok(await open.caughtUp({ timeoutMs: 60_000 }))
  for (const { orderId, quantity, card } of orders) {
    const story = await storyOf(open, orderId)
    const end = quantity > 10 || card === 'bad' ? 'OrderCancelled' : 'Shipped'
    assert.equal(story.at(-1), end, `${orderId}: ${story.join(' ')}`)
  }
  for (const { data, meta } of await all(open.events.log()))
    assert.equal(meta['correlationId'], `c-${(data as { orderId: string }).orderId}`)
})

test('mail that somebody waits for hides no other mail behind it', async (t) => {
  const store = await memory().open({ clock: systemClock })
  t.after(() => store.close())
  const inbox = (key: string) => [{ service: 's', consumer: 'c', key, fingerprint: '', outcome: '{}' }]
  const piece = (key: string, kind: string) => ({ saga: 'pay', address: 'wait=1', key, kind, body: '{}' })
  const mail = Array.from({ length: 400 }, (_, n) => piece(`${n}`, 'awaited'))
  await store.commit([{ inbox: inbox('awaited'), mail }])
  const graph = {
    sagas: new Map([['pay', { definition: { kind: 'saga', name: 'pay' }, service: 's' }]]),
    processes: new Map(),
    feeds: new Map([['saga:pay', { feeds: [] }]]),
    derivedChannels: new Map(),
  }
  const consume = async ({ name }: { readonly name: string }) => ({ status: { name }, stop: async () => undefined })
  const main = { store, fresh: store, consume }
  const { isQuiet } = await startSagas({ graph, services: new Set(['s']), main } as never)
  assert.equal(await isQuiet(0), true)
  await store.commit([{ inbox: inbox('reply'), mail: [piece('r', 'reply')] }])
  assert.equal(await isQuiet(0), false)
})
