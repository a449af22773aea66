import { aggregate, channel, command, event, process, reject, reply, saga, service, system, t } from 'eventwright'

const id = { orderId: t.string() }

const OrderPlaced = event('OrderPlaced', { orderId: t.string(), quantity: t.int(), card: t.string() })
const OrderConfirmed = event('OrderConfirmed', { orderId: t.string(), paymentId: t.string() })
const OrderCancelled = event('OrderCancelled', { orderId: t.string(), reason: t.string() })

export const PlaceOrder = command('PlaceOrder', { orderId: t.string(), quantity: t.int(), card: t.string() })
const ConfirmOrder = command('ConfirmOrder', { orderId: t.string(), paymentId: t.string() })
const CancelOrder = command('CancelOrder', { orderId: t.string(), reason: t.string() })

/** Where the saga begins and ends. */
export const Order = aggregate('Order', {
  events: [OrderPlaced, OrderConfirmed, OrderCancelled],
  commands: [PlaceOrder, ConfirmOrder, CancelOrder],
  id: (c) => c.orderId,
  initial: () => 'none',
})
  .evolve({ OrderPlaced: () => 'pending', OrderConfirmed: () => 'confirmed', OrderCancelled: () => 'cancelled' })
  .decide({
    PlaceOrder: (c) => OrderPlaced(c),
    ConfirmOrder: (c) => OrderConfirmed(c),
    CancelOrder: (c) => OrderCancelled(c),
  })

const Reserved = event('Reserved', { orderId: t.string(), quantity: t.int() })
const Released = event('Released', id)
const Reserve = command('Reserve', { orderId: t.string(), quantity: t.int() }).refuses('out_of_stock')
const Release = command('Release', id)

/** One shelf, with ten pieces for each order that asks. */
const Shelf = aggregate('Shelf', {
  events: [Reserved, Released],
  commands: [Reserve, Release],
  id: (c) => c.orderId,
  initial: () => 0,
})
  .evolve({ Reserved: (_, e) => e.quantity, Released: () => 0 })
  .decide({
    Reserve: (c) => (c.quantity > 10 ? reject('out_of_stock') : Reserved(c)),
    Release: (c) => Released(c),
  })

const Charged = event('Charged', { orderId: t.string(), paymentId: t.string() })
const Refunded = event('Refunded', id)
const Charge = command('Charge', { orderId: t.string(), card: t.string() })
  .replies({ paymentId: t.string() })
  .refuses('declined')
const Refund = command('Refund', id)

const Account = aggregate('Account', {
  events: [Charged, Refunded],
  commands: [Charge, Refund],
  id: (c) => c.orderId,
  initial: () => 0,
})
  .evolve({ Charged: (n) => n + 1, Refunded: (n) => n - 1 })
  .decide({
    Charge(c) {
      if (c.card === 'bad') return reject('declined')
      const paymentId = `payment-${c.orderId}`
      return reply({ paymentId }, Charged({ orderId: c.orderId, paymentId }))
    },
    Refund: (c) => Refunded(c),
  })

const orderEvents = channel('orders', { carries: [OrderPlaced, OrderConfirmed, OrderCancelled], key: 'orderId' })

/** Reserve, charge, confirm; what was reserved is released when the card is declined. */
export const Fulfilment = saga('fulfilment', { startedBy: OrderPlaced, id: (e) => e.orderId })
  .call('reserve', {
    call: Reserve,
    with: ({ input }) => ({ orderId: input.orderId, quantity: input.quantity }),
    undoCall: Release,
    undoWith: ({ input }) => ({ orderId: input.orderId }),
  })
  .pivotCall('charge', { call: Charge, with: ({ input }) => ({ orderId: input.orderId, card: input.card }) })
  .finishCall('confirm', {
    call: ConfirmOrder,
    with: ({ input, steps }) => ({ orderId: input.orderId, paymentId: steps.charge.paymentId }),
  })
  .failed(({ input }, cause) => CancelOrder({ orderId: input.orderId, reason: cause.reason }))

const Shipped = event('Shipped', id)
const Ship = command('Ship', id)
const Parcel = aggregate('Parcel', { events: [Shipped], commands: [Ship], id: (c) => c.orderId, initial: () => 0 })
  .evolve({ Shipped: (n) => n + 1 })
  .decide({ Ship: (c) => Shipped(c) })

/** Choreography: ships what was confirmed. */
const Shipping = process('shipping', { initial: () => ({ shipped: false }) }).on(
  OrderConfirmed,
  (e) => e.orderId,
  (_, e) => ({ state: { shipped: true }, send: [Ship({ orderId: e.orderId })], end: true }),
)

/** Four services that meet over channels alone. */
export const depot = system('depot', {
  services: [
    service('orders', { parts: [Order, Fulfilment], publishes: [orderEvents] }),
    service('inventory', { parts: [Shelf] }),
    service('payments', { parts: [Account] }),
    service('shipping', { parts: [Parcel, Shipping] }),
  ],
})
