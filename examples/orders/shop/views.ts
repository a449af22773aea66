import { decimal, projection, t, type Decimal } from 'eventwright'
import { CreditNoteIssued } from './credit-note.ts'
import { londonDay } from './london.ts'
import { OrderCancelled, OrderConfirmed, OrderCreated } from './order.ts'
import { Amount, Items, Name } from './order-line.ts'
import { StockIssued, StockReceived, StockReleased, StockReserved } from './stock.ts'

/** One row an order, written in the commit of its events: whoever has placed an order can read it at once. */
export const Orders = projection('orders', {
  from: [OrderCreated, OrderConfirmed, OrderCancelled],
  key: (order) => order.orderId,
  mode: 'inline',
  row: {
    orderId: Name,
    customerId: Name.pii(),
    country: Name,
    items: Items,
    total: Amount,
    createdAt: t.timestamp(),
    status: t.enum('pending', 'confirmed', 'cancelled'),
    reason: t.string().nullable(),
  },
  index: ['customerId', 'status', 'createdAt'],
}).on({
  OrderCreated: (_, { paymentToken, ...order }, { occurredAt }) => ({
    ...order,
    createdAt: occurredAt,
    status: 'pending',
    reason: null,
  }),
  OrderConfirmed: (row) => row && { ...row, status: 'confirmed' },
  OrderCancelled: (row, { reason }) => row && { ...row, status: 'cancelled', reason },
})

/** One row a product; `sold` counts the pieces that have left the house. */
export const StockLevels = projection('stock', {
  from: [StockReceived, StockReserved, StockReleased, StockIssued],
  key: (stock) => stock.sku,
  row: { sku: Name, onHand: t.int(), reserved: t.int(), sold: t.int() },
  index: ['sold'],
}).on({
  StockReceived: (row, { sku, quantity }) => moved(sku, row, { onHand: quantity }),
  StockReserved: (row, { sku, quantity }) => moved(sku, row, { reserved: quantity }),
  StockReleased: (row, { sku, quantity }) => moved(sku, row, { reserved: -quantity }),
  StockIssued: (row, { sku, quantity }) => moved(sku, row, { onHand: -quantity, reserved: -quantity, sold: quantity }),
})

const salesColumns = { orders: t.int(), creditNotes: t.int(), net: Amount }

/** Orders count from their confirmation; credit notes lower `net`. */
export const SalesByCountry = projection('salesByCountry', {
  from: [OrderConfirmed, CreditNoteIssued],
  key: (sale) => sale.country,
  row: { country: Name, ...salesColumns },
}).on({
  OrderConfirmed: (row, { country, total }) => ({ country, ...sold(row, total) }),
  CreditNoteIssued: (row, { country, total }) => ({ country, ...credited(row, total) }),
})

/** The same by the day on which the order was placed, in London. */
export const SalesByDay = projection('salesByDay', {
  from: [OrderConfirmed, CreditNoteIssued],
  key: (sale, { occurredAt }) => londonDay('orderedAt' in sale ? sale.orderedAt : occurredAt),
  row: { day: t.date(), ...salesColumns },
}).on({
  OrderConfirmed: (row, { total }, { key }) => ({ day: key, ...sold(row, total) }),
  CreditNoteIssued: (row, { total }, { key }) => ({ day: key, ...credited(row, total) }),
})

interface Level {
  readonly onHand: number
  readonly reserved: number
  readonly sold: number
}
interface Sales {
  readonly orders: number
  readonly creditNotes: number
  readonly net: Decimal
}

const noSales: Sales = { orders: 0, creditNotes: 0, net: '0.000' }

function moved(sku: string, row: Level | undefined, by: Partial<Level>): Level & { readonly sku: string } {
  const { onHand = 0, reserved = 0, sold = 0 } = by
  return {
    sku,
    onHand: (row?.onHand ?? 0) + onHand,
    reserved: (row?.reserved ?? 0) + reserved,
    sold: (row?.sold ?? 0) + sold,
  }
}

function sold({ orders, creditNotes, net }: Sales = noSales, total: Decimal): Sales {
  return { orders: orders + 1, creditNotes, net: decimal.add(net, total) }
}

function credited({ orders, creditNotes, net }: Sales = noSales, total: Decimal): Sales {
  return { orders, creditNotes: creditNotes + 1, net: decimal.sub(net, total) }
}
