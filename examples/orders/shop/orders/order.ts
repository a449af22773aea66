import { aggregate, command, event, reject, t, type DataOf, type Timestamp } from 'eventwright'
import { Amount, Items, Name, totalOf } from '../order-line.ts'
import { PaymentToken } from '../payments/payment-token.ts'

const firstCreated = { orderId: Name, customerId: Name.pii(), items: Items, total: Amount }

/** Version 2: the shop began to sell abroad, and to take payment by token. */
export const OrderCreated = event('OrderCreated', firstCreated).next(
  { ...firstCreated, country: Name, paymentToken: PaymentToken },
  (first) => ({ ...first, country: 'United Kingdom', paymentToken: 'tok_ok' }),
)

/** What readers of a decided order need, so that they need not know the order. */
const decided = { orderId: Name, customerId: Name.pii(), country: Name, total: Amount, orderedAt: t.timestamp() }

export const OrderConfirmed = event('OrderConfirmed', decided)
export const OrderCancelled = event('OrderCancelled', { ...decided, reason: t.string() })

export const CreateOrder = command('CreateOrder', {
  orderId: Name,
  customerId: Name.pii(),
  country: Name.default('United Kingdom'),
  items: Items,
  paymentToken: PaymentToken.default('tok_ok'),
}).refuses('order_exists')

/** What is done already is accepted again; a decision is never turned into the other one. */
export const ConfirmOrder = command('ConfirmOrder', { orderId: Name }).refuses('order_unknown', 'order_cancelled')
export const CancelOrder = command('CancelOrder', { orderId: Name, reason: t.string() }).refuses(
  'order_unknown',
  'order_confirmed',
)

export type OrderState =
  | { readonly status: 'none' }
  | { readonly status: 'pending'; readonly order: DataOf<typeof OrderCreated>; readonly orderedAt: Timestamp }
  | { readonly status: 'confirmed' | 'cancelled' }

/** Stream `Order/<orderId>`: created once, decided once. */
export const Order = aggregate('Order', {
  events: [OrderCreated, OrderConfirmed, OrderCancelled],
  commands: [CreateOrder, ConfirmOrder, CancelOrder],
  id: (command) => command.orderId,
  initial: (): OrderState => ({ status: 'none' }),
})
  .evolve({
    OrderCreated: (_, order, meta) => ({ status: 'pending', order, orderedAt: meta.occurredAt }),
    OrderConfirmed: () => ({ status: 'confirmed' }),
    OrderCancelled: () => ({ status: 'cancelled' }),
  })
  .decide({
    CreateOrder: (order, { status }) =>
      status === 'none' ? OrderCreated({ ...order, total: totalOf(order.items) }) : reject('order_exists'),
    ConfirmOrder(_, state) {
      if (state.status === 'pending') return OrderConfirmed(decidedOf(state))
      if (state.status === 'confirmed') return []
      return reject(state.status === 'none' ? 'order_unknown' : 'order_cancelled')
    },
    CancelOrder({ reason }, state) {
      if (state.status === 'pending') return OrderCancelled({ ...decidedOf(state), reason })
      if (state.status === 'cancelled') return []
      return reject(state.status === 'none' ? 'order_unknown' : 'order_confirmed')
    },
  })

function decidedOf({ order, orderedAt }: Extract<OrderState, { readonly status: 'pending' }>) {
  const { orderId, customerId, country, total } = order
  return { orderId, customerId, country, total, orderedAt }
}
