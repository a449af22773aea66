import { decimal, type Decimal } from 'eventwright'
import type { Item } from '../shop/order-line.ts'

/** An order as the view has it. */
export interface OrderRow {
  readonly orderId: string
  readonly customerId: string
  readonly country: string
  readonly items: readonly Item[]
  readonly total: Decimal
  readonly createdAt: string
  readonly status: 'pending' | 'confirmed' | 'cancelled'
  readonly reason: string | null
}

/** An amount as people read it: two digits, rounded half to even. */
export function pounds(amount: Decimal): string {
  return decimal.round(amount, 2)
}

/** An order as the interface answers it. */
export function shownOrder({
  orderId,
  customerId,
  country,
  status,
  reason,
  total,
  createdAt,
  items,
}: OrderRow): object {
  return {
    orderId,
    customerId,
    country,
    status,
    ...(reason !== null && { reason }),
    totalAmount: pounds(total),
    currency: 'GBP',
    createdAt,
    items: items.map(({ sku, quantity, unitPrice }) => ({ sku, quantity, unitPrice: shownPrice(unitPrice) })),
  }
}

/** A price with two digits, or with all three where it has them. */
function shownPrice(price: Decimal): string {
  return price.endsWith('0') ? pounds(price) : price
}

/** Sales of a country or a day as the interface answers them. */
export function shownSales<R extends { readonly net: Decimal }>({ net, ...sales }: R): object {
  return { ...sales, net: pounds(net) }
}
