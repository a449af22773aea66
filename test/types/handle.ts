import { command, handle, isRejection, reject, t } from 'eventwright'
import { CancelOrder, ConfirmOrder, Order, OrderCancelled, OrderConfirmed, ReserveInventory, ReserveStock, Stock, StockReserved } from './shop.ts'

const Move = command('Move', { from: t.string(), to: t.string() }).replies({ how: t.enum('fast', 'slow') }).refuses('nothing_there')

// Several streams in one unit; the reply's literals survive; state and replies are typed.
export const move = handle(Move, async (c, { load, meta }) => {
  const [from, to] = [await load(Stock, c.from), await load(Stock, c.to)]
  if (from.state.onHand === 0) return reject('nothing_there', meta.correlationId)
  const left = from.execute(ReserveStock({ sku: c.from, quantity: 1 }))
  if (isRejection(left)) return reject('nothing_there')
  to.append(StockReserved({ sku: c.to, quantity: -left.left }))
  return { how: to.version > 0 ? 'fast' : 'slow' }
})
export const silent = handle(CancelOrder, async (c, { load }) => {
  const order = await load(Order, c.orderId)
  if (order.state.status === 'pending') order.append(OrderCancelled(c))
})

// @ts-expect-error a refusal that the command does not declare
handle(Move, async () => reject('typo'))
// @ts-expect-error a reply of another form
handle(Move, async () => ({ how: 'never' }))
// @ts-expect-error the reply is missing
handle(Move, async () => {})
// @ts-expect-error a handler is asynchronous
handle(CancelOrder, () => {})
// @ts-expect-error the command has no such field
handle(Move, async c => ({ how: c.nope }))
// @ts-expect-error an event where a command belongs
handle(OrderConfirmed, async () => {})
handle(ReserveInventory, async (c, { load }) => {
  const stock = await load(Stock, 'x')
  // @ts-expect-error a command of another aggregate
  stock.execute(ConfirmOrder({ orderId: c.orderId }))
  // @ts-expect-error an event of another aggregate
  stock.append(OrderConfirmed({ orderId: c.orderId }))
  // @ts-expect-error the state has no such part
  return { reservationId: stock.state.status }
})
