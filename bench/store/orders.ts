import { aggregate, command, decimal, event, projection, service, system, t } from 'eventwright'

const Item = t.record('Item', { sku: t.string(), quantity: t.int(), unitPrice: t.decimal(12, 2) })
const order = {
  orderId: t.string(),
  customerId: t.string(),
  country: t.string(),
  items: t.array(Item),
  total: t.decimal(12, 2),
}

/** An order of three lines: about 250 bytes of JSON. */
export const OrderPlaced = event('OrderPlaced', order)

export const PlaceOrder = command('PlaceOrder', order)

/** Stream `Order/<orderId>`. */
export const Order = aggregate('Order', {
  events: [OrderPlaced],
  commands: [PlaceOrder],
  id: (c) => c.orderId,
  initial: () => ({ orders: 0 }),
})
  .evolve({ OrderPlaced: (state) => ({ orders: state.orders + 1 }) })
  .decide({ PlaceOrder: (c) => OrderPlaced(c) })

/** What customers have bought, one row a customer; the name makes it a view of its own, fed from the first event. */
export const customers = <N extends string>(name: N) =>
  projection(name, {
    from: [OrderPlaced],
    key: (e) => e.customerId,
    row: { customerId: t.string(), orders: t.int(), total: t.decimal(15, 2), lastAt: t.timestamp() },
  }).on({
    OrderPlaced: (row, e, m) => ({
      customerId: e.customerId,
      orders: (row?.orders ?? 0) + 1,
      total: decimal.add(row?.total ?? '0.00', e.total),
      lastAt: m.occurredAt,
    }),
  })

/** Nothing but the events. */
export const orders = system('bench', { services: [service('orders', { parts: [Order], owner: 'bench' })] })

/** The events and one asynchronous view of them. */
export const ordersWithView = <N extends string>(name: N) =>
  system('bench', { services: [service('orders', { parts: [Order, customers(name)], owner: 'bench' })] })

/** The content of the n-th order; a fifth of the customers places most of them. */
export function orderData(orderId: string, n: number) {
  const customer = n % 5 === 0 ? n % 20_000 : n % 4_000
  const line = (k: number) => ({
    sku: `85${(n * 7 + k * 131) % 1000}A`,
    quantity: 1 + ((n + k) % 12),
    unitPrice: '2.55',
  })
  return {
    orderId,
    customerId: `customer-${customer}`,
    country: 'United Kingdom',
    items: [line(0), line(1), line(2)],
    total: `${10 + (n % 90)}.${10 + (n % 90)}`,
  }
}

/** Names of orders that grow as those of a shop do that takes time-ordered ids; no two processes give the same. */
export function orderIds(): () => string {
  const run = `${Date.now().toString(36)}${process.pid.toString(36)}`
  let last = 0
  return () => `${run}-${(++last).toString(36).padStart(7, '0')}`
}
