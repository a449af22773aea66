import { aggregate, command, event, reply, saga, service, system, t } from 'eventwright'

const id = { orderId: t.string() }

const OrderPlaced = event('OrderPlaced', { orderId: t.string(), sku: t.string(), total: t.decimal(12, 2) })
const Reserved = event('Reserved', { orderId: t.string(), sku: t.string() })
const Charged = event('Charged', { orderId: t.string(), total: t.decimal(12, 2) })
const Shipped = event('Shipped', id)

/** Starts the saga of an order. */
export const PlaceOrder = command('PlaceOrder', { orderId: t.string(), sku: t.string(), total: t.decimal(12, 2) })
const Reserve = command('Reserve', { orderId: t.string(), sku: t.string() })
const Release = command('Release', id)
const Charge = command('Charge', { orderId: t.string(), total: t.decimal(12, 2) }).replies({ paymentId: t.string() })
const Ship = command('Ship', { orderId: t.string(), paymentId: t.string() })

const Order = aggregate('Order', {
  events: [OrderPlaced],
  commands: [PlaceOrder],
  id: (c) => c.orderId,
  initial: () => 0,
})
  .evolve({ OrderPlaced: (n) => n + 1 })
  .decide({ PlaceOrder: (c) => OrderPlaced(c) })

const Stock = aggregate('Stock', {
  events: [Reserved],
  commands: [Reserve, Release],
  id: (c) => c.orderId,
  initial: () => 0,
})
  .evolve({ Reserved: (n) => n + 1 })
  .decide({ Reserve: (c) => Reserved(c), Release: () => [] })

const Payment = aggregate('Payment', {
  events: [Charged],
  commands: [Charge],
  id: (c) => c.orderId,
  initial: () => 0,
})
  .evolve({ Charged: (n) => n + 1 })
  .decide({ Charge: (c) => reply({ paymentId: `payment-${c.orderId}` }, Charged(c)) })

const Parcel = aggregate('Parcel', {
  events: [Shipped],
  commands: [Ship],
  id: (c) => c.orderId,
  initial: () => 0,
})
  .evolve({ Shipped: (n) => n + 1 })
  .decide({ Ship: ({ orderId }) => Shipped({ orderId }) })

/** Three steps, each a command of another service: it leaves by the outbox, and its reply comes back over a channel. */
const Fulfilment = saga('fulfilment', { startedBy: OrderPlaced, id: (e) => e.orderId })
  .call('reserve', {
    call: Reserve,
    with: ({ input: { orderId, sku } }) => ({ orderId, sku }),
    undoCall: Release,
    undoWith: ({ input: { orderId } }) => ({ orderId }),
  })
  .pivotCall('charge', { call: Charge, with: ({ input: { orderId, total } }) => ({ orderId, total }) })
  .finishCall('ship', {
    call: Ship,
    with: ({ input: { orderId }, steps }) => ({ orderId, paymentId: steps.charge.paymentId }),
  })

/** The same steps by recorded effects: each commits with the fact that it is done, and nothing is sent. */
const LocalFulfilment = saga('localFulfilment', { startedBy: OrderPlaced, id: (e) => e.orderId })
  .local('reserve', {
    do({ input: { orderId, sku } }, { append }) {
      append(Stock, orderId, Reserved({ orderId, sku }))
    },
    undo: () => undefined,
  })
  .pivotLocal('charge', {
    do({ input: { orderId, total } }, { append }) {
      append(Payment, orderId, Charged({ orderId, total }))
      return { paymentId: `payment-${orderId}` }
    },
  })
  .finishLocal('ship', {
    do({ input: { orderId } }, { append }) {
      append(Parcel, orderId, Shipped({ orderId }))
    },
  })

/** Four services that meet over channels. */
export const shop = system('shop', {
  services: [
    service('orders', { parts: [Order, Fulfilment], owner: 'bench' }),
    service('stock', { parts: [Stock], owner: 'bench' }),
    service('payments', { parts: [Payment], owner: 'bench' }),
    service('delivery', { parts: [Parcel], owner: 'bench' }),
  ],
})

/** One service that does everything itself. */
export const localShop = system('shop', {
  services: [service('orders', { parts: [Order, Stock, Payment, Parcel, LocalFulfilment], owner: 'bench' })],
})

const run = Date.now().toString(36)

/** The n-th order of this process. */
export function order(n: number) {
  const orderId = `${run}-${n.toString(36).padStart(7, '0')}`
  return { orderId, sku: `85${n % 1000}A`, total: `${10 + (n % 90)}.${10 + (n % 90)}` }
}
