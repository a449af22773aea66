import { aggregate, command, event, reject, t } from 'eventwright'
import { Name, Quantity } from '../order-line.ts'

const pieces = { sku: Name, quantity: t.int().min(1) }
const ofOrder = { ...pieces, orderId: Name }

export const StockReceived = event('StockReceived', pieces)
export const StockReserved = event('StockReserved', ofOrder)
/** Reserved pieces are free again. */
export const StockReleased = event('StockReleased', ofOrder)
/** Reserved pieces have left the house. */
export const StockIssued = event('StockIssued', ofOrder)

export const ReceiveStock = command('ReceiveStock', { sku: Name, quantity: Quantity }).refuses('stock_limit')

export interface StockState {
  readonly onHand: number
  readonly reserved: number
}

const mostOnHand = 1_000_000_000

/** Stream `Stock/<sku>`. Products that everybody buys have thousands of events: hence the snapshot. */
export const Stock = aggregate('Stock', {
  events: [StockReceived, StockReserved, StockReleased, StockIssued],
  commands: [ReceiveStock],
  id: (command) => command.sku,
  initial: (): StockState => ({ onHand: 0, reserved: 0 }),
  snapshot: { every: 100, version: 1, state: { onHand: t.int(), reserved: t.int() } },
})
  .evolve({
    StockReceived: (stock, { quantity }) => ({ ...stock, onHand: stock.onHand + quantity }),
    StockReserved: (stock, { quantity }) => ({ ...stock, reserved: stock.reserved + quantity }),
    StockReleased: (stock, { quantity }) => ({ ...stock, reserved: stock.reserved - quantity }),
    StockIssued: (stock, { quantity }) => ({ onHand: stock.onHand - quantity, reserved: stock.reserved - quantity }),
  })
  .decide({
    ReceiveStock: (received, { onHand }) =>
      onHand + received.quantity > mostOnHand ? reject('stock_limit') : StockReceived(received),
  })

/** What may still be promised to an order. */
export function free({ onHand, reserved }: StockState): number {
  return onHand - reserved
}
