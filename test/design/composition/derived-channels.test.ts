import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channel, handle, isEventwrightError, service, system, type Finding } from 'eventwright'
import { aggregate, command, event, t, type AnyChannel } from 'eventwright'
import { CancelOrder, ChargePayment, ConfirmOrder, OrderCreated } from '../../runtime/sagas/order.fixture.ts'
import { OrderCreation, RefundPayment, ReleaseInventory, ReserveInventory } from '../../runtime/sagas/order.fixture.ts'

const Create = command('CreateOrder', { orderId: t.string() })
const Stray = event('Stray', { orderId: t.string() })
const Order = aggregate('Order', {
  events: [OrderCreated, Stray],
  commands: [Create, ConfirmOrder, CancelOrder],
  id: (c) => c.orderId,
  initial: () => 0,
})
  .evolve({ OrderCreated: () => 1, Stray: () => 1 })
  .decide({
    CreateOrder: (c) => OrderCreated({ ...c, sku: 'tea', total: '1.00' }),
    ConfirmOrder: () => [],
    CancelOrder: () => [],
  })
const nothing = async () => undefined
const stock = [
  handle(ReserveInventory, async () => ({ reservationId: '1' })),
  handle(ReleaseInventory, nothing),
  handle(ChargePayment, async () => ({ paymentId: '1' })),
  handle(RefundPayment, nothing),
]

const shop = (publishes: readonly AnyChannel[] = [], ofOrders: readonly AnyChannel[] = []) =>
  system('shop', {
    services: [
      service('orders', { parts: [Order, OrderCreation], publishes: ofOrders }),
      service('inventory', { parts: stock, publishes }),
      service('web', { parts: [] }),
    ],
  })

function findings(...given: Parameters<typeof shop>): readonly string[] {
  try {
    shop(...given)
    return []
  } catch (error) {
    assert.ok(isEventwrightError(error, 'EW_COMPOSITION'), String(error))
    return (error.details['findings'] as readonly Finding[]).map(({ code, where, what }) => `${code} ${where}: ${what}`)
  }
}

const names = (messages: readonly { readonly type: string }[]): readonly string[] => messages.map(({ type }) => type)

test('commands travel to every service that handles some, replies to every service whose sagas ask', () => {
  const { derivedChannels } = shop().graph
  assert.deepEqual([...derivedChannels.keys()], ['orders.commands', 'orders.replies', 'inventory.commands'])
  const { service: owner, kind, carries, tunedBy } = derivedChannels.get('orders.replies')!
  assert.deepEqual([owner, kind, tunedBy], ['orders', 'replies', undefined])
  assert.ok(names(carries).includes('ChargePayment') && names(carries).includes('CancelOrder'))
  assert.deepEqual(names(derivedChannels.get('inventory.commands')!.carries), [
    'ReserveInventory',
    'ReleaseInventory',
    'ChargePayment',
    'RefundPayment',
  ])
})

test('a channel of that name tunes it, and is no channel of its own', () => {
  const tuning = channel('inventory.commands', { carries: [ReserveInventory], key: 'orderId', retention: '1d' })
  const { derivedChannels, channels } = shop([tuning]).graph
  assert.equal(derivedChannels.get('inventory.commands')?.tunedBy, tuning)
  assert.equal(derivedChannels.get('orders.commands')?.tunedBy, undefined)
  assert.equal(channels.size, 0)
  const replies = channel('orders.replies', { carries: [], key: 'sagaId', kafka: { partitions: 3 } })
  assert.equal(shop([], [replies]).graph.derivedChannels.get('orders.replies')?.tunedBy, replies)
})

test('a channel that tunes what is not there, is not its service or does not carry is found', () => {
  const [ofOrders] = findings([channel('orders.commands', { carries: [ConfirmOrder], key: 'orderId' })])
  assert.match(ofOrders!, /^derived-channel service inventory, channel orders\.commands: .* of the service orders/)
  const [none] = findings([channel('inventory.replies', { carries: [], key: 'x' })])
  assert.match(none!, /^derived-channel .* no such channel/)
  const [event] = findings([], [channel('orders.commands', { carries: [Stray], key: 'orderId' })])
  assert.match(event!, /^derived-channel .* event Stray does not travel/)
})

test('a command on any other channel is found: it would never come', () => {
  const [found] = findings([channel('work', { carries: [ReserveInventory], key: 'orderId' })])
  assert.match(found!, /^derived-channel service inventory, channel work: .* travels on inventory\.commands/)
})
