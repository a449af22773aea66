import { aggregate, command, event, projection, reject, service, subscription, system, t } from 'eventwright'

export const OrderPlaced = event('OrderPlaced', { orderId: t.string(), customer: t.string(), total: t.decimal(12, 2) })
export const OrderShipped = event('OrderShipped', { orderId: t.string() })
export const PlaceOrder = command('PlaceOrder', {
  orderId: t.string(),
  customer: t.string(),
  total: t.decimal(12, 2),
}).refuses('order_exists')
export const ShipOrder = command('ShipOrder', { orderId: t.string() }).refuses('no_order')

interface OrderState {
  readonly status: 'none' | 'placed' | 'shipped'
}

export const Order = aggregate('Order', {
  events: [OrderPlaced, OrderShipped],
  commands: [PlaceOrder, ShipOrder],
  id: (c) => c.orderId,
  initial: (): OrderState => ({ status: 'none' }),
})
  .evolve({
    OrderPlaced: () => ({ status: 'placed' }),
    OrderShipped: () => ({ status: 'shipped' }),
  })
  .decide({
    PlaceOrder: (c, s) => (s.status === 'none' ? OrderPlaced(c) : reject('order_exists')),
    ShipOrder: (c, s) => (s.status === 'placed' ? OrderShipped(c) : s.status === 'none' ? reject('no_order') : []),
  })

const row = {
  orderId: t.string(),
  customer: t.string(),
  total: t.decimal(12, 2),
  status: t.enum('placed', 'shipped'),
  at: t.timestamp(),
}

const view = <N extends 'orders' | 'ordersInline' | 'ordersLive'>(name: N, mode: 'async' | 'inline' | 'live') =>
  projection(name, {
    from: [OrderPlaced, OrderShipped],
    key: (e) => e.orderId,
    row,
    index: ['customer', 'total'],
    mode,
  }).on({
    OrderPlaced: (_, e, m) => ({ ...e, status: 'placed', at: m.occurredAt }),
    OrderShipped: (r) => r && { ...r, status: 'shipped' },
  })

export const Orders = view('orders', 'async')
export const OrdersInline = view('ordersInline', 'inline')
export const OrdersLive = view('ordersLive', 'live')

export const Shipping = subscription('shipping', { from: [OrderPlaced] }).on({
  OrderPlaced: async (e, { execute }) => void (await execute(ShipOrder({ orderId: e.orderId }))),
})

/** A small shop with a view of every mode; `shipping` ships whatever is placed. */
export const shop = system('shop', {
  services: [service('orders', { parts: [Order, Orders, OrdersInline, OrdersLive, Shipping] })],
})
