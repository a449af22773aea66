// The declarations that the type rules are tried on.
import {
  aggregate, channel, command, event, handle, isRejection, projection, reject, reply, service, subscription, system, t,
  type Decimal, type Out,
} from 'eventwright'

export const Item = t.record('Item', { sku: t.string(), quantity: t.int(), unitPrice: t.decimal(12, 3) })
export interface Item extends Out<typeof Item> {}
export const Money = t.record('Money', { amount: t.decimal(12, 2), currency: t.enum('GBP', 'EUR') })

const gbp = (amount: Decimal): { amount: Decimal, currency: 'GBP' } => ({ amount, currency: 'GBP' })

export const OrderCreated = event('OrderCreated', {
  orderId: t.string(), customerId: t.string().pii(), items: t.array(Item), totalAmount: t.decimal(12, 3),
}).next({
  orderId: t.string(), customerId: t.string().pii(), items: t.array(Item), total: Money,
}, ({ totalAmount, ...v1 }) => ({ ...v1, total: gbp(totalAmount) }))
export const OrderConfirmed = event('OrderConfirmed', { orderId: t.string() })
export const OrderCancelled = event('OrderCancelled', { orderId: t.string(), reason: t.string().optional() })

export const CreateOrder = command('CreateOrder', {
  orderId: t.string(), customerId: t.string(), items: t.array(Item), country: t.string().default('United Kingdom'),
}).refuses('order_exists')
export const ConfirmOrder = command('ConfirmOrder', { orderId: t.string() }).refuses('not_pending', 'too_late')
export const CancelOrder = command('CancelOrder', { orderId: t.string(), reason: t.string() })

export interface OrderState { readonly status: 'none' | 'pending' | 'confirmed' | 'cancelled', readonly items?: readonly Item[] }

export const Order = aggregate('Order', {
  events: [OrderCreated, OrderConfirmed, OrderCancelled], commands: [CreateOrder, ConfirmOrder, CancelOrder],
  id: c => c.orderId, initial: (): OrderState => ({ status: 'none' }),
}).evolve({
  OrderCreated: (s, e) => ({ status: 'pending', items: e.items }),
  OrderConfirmed: s => ({ ...s, status: 'confirmed' }),
  OrderCancelled: s => ({ ...s, status: 'cancelled' }),
}).decide({
  CreateOrder: ({ country: _, ...c }, s) =>
    s.status === 'none' ? OrderCreated({ ...c, total: gbp('1.00') }) : reject('order_exists'),
  ConfirmOrder: (c, s) => s.status === 'pending' ? OrderConfirmed(c) : reject('not_pending', 'it is over'),
  CancelOrder: (c, s) => s.status === 'cancelled' ? [] : [OrderCancelled(c)],
})

export const StockReserved = event('StockReserved', { sku: t.string(), quantity: t.int() })
export const ReserveStock = command('ReserveStock', { sku: t.string(), quantity: t.int() })
  .replies({ left: t.int() }).refuses('out_of_stock')
export const Stock = aggregate('Stock', {
  events: [StockReserved], commands: [ReserveStock], id: c => c.sku, initial: () => ({ onHand: 0 }),
}).evolve({
  StockReserved: (s, e) => ({ onHand: s.onHand - e.quantity }),
}).decide({
  ReserveStock: (c, s) => s.onHand < c.quantity ? reject('out_of_stock') : reply({ left: s.onHand - c.quantity }, StockReserved(c)),
})

export const ReserveInventory = command('ReserveInventory', { orderId: t.string(), items: t.array(Item) })
  .replies({ reservationId: t.string() }).refuses('out_of_stock')
export const reserve = handle(ReserveInventory, async (c, { load, key, tx }) => {
  for (const { sku, quantity } of c.items) {
    const stock = await load(Stock, sku)
    const left = stock.execute(ReserveStock({ sku, quantity }))
    if (isRejection(left)) return left
    tx.run('insert into reservation values (?, ?)', [key, left.left])
  }
  return { reservationId: key }
})

export const Orders = projection('orders', {
  from: [OrderCreated, OrderConfirmed, OrderCancelled], key: e => e.orderId,
  row: {
    orderId: t.string(), customerId: t.string(), total: Money, status: t.enum('pending', 'confirmed', 'cancelled'),
    createdAt: t.timestamp(), reason: t.string().optional(), notes: t.int().default(0),
  },
  index: ['customerId', ['status', 'createdAt']],
}).on({
  OrderCreated: (_, { items: _items, ...e }, m) => ({ ...e, status: 'pending', createdAt: m.occurredAt }),
  OrderConfirmed: row => row && { ...row, status: 'confirmed' },
  OrderCancelled: (row, e) => row && { ...row, ...e, status: 'cancelled' },
})

export const orderEvents = channel('order-events', {
  carries: [OrderCreated, OrderConfirmed, OrderCancelled], key: 'orderId', retention: '7d',
  kafka: { partitions: 10, replicas: 3, compression: 'snappy', maxMessageBytes: 1_048_576 },
  rabbitmq: { queue: 'quorum', deliveryLimit: 5 },
})

export const SendMail = subscription('send-mail', { from: orderEvents, key: e => e.orderId, retry: { maxAttempts: 5 } }).on({
  OrderConfirmed: async (e, { key, send, tx, signal, meta }) => {
    tx.run('insert into mail values (?, ?)', [key, meta.occurredAt])
    if (!signal.aborted) send(CancelOrder({ orderId: e.orderId, reason: 'no mail' }))
  },
})

export const orders = service('orders', { parts: [Order, Orders, SendMail], publishes: [orderEvents], owner: 'team-orders' })
export const inventory = service('inventory', { parts: [Stock, reserve] })
export const shop = system('shop', { services: [orders, inventory] })
