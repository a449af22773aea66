import { CreateOrder } from '../../examples/orders/shop/orders/order.ts'

/** How an order may end: confirmed, or cancelled for one of some reasons. */
export interface Ends {
  readonly confirmed: boolean
  readonly cancelled: readonly string[]
}

type Kind = 'good' | 'declined' | 'flaky' | 'timeout' | 'lost' | 'out_of_stock'

const bad = ['declined', 'flaky', 'timeout', 'lost', 'out_of_stock'] as const
const goods = ['TEA', 'MUG', 'POT', 'JAR', 'TIN']

/**
 * How an order of each kind may end. A payment that meets the death of its process may come to its deadline: it is then
 * given back, and the order is cancelled as unanswered. On a machine that stands still for long so may a reservation.
 */
export const endsOf: Readonly<Record<Kind, Ends>> = {
  good: { confirmed: true, cancelled: ['payment_unanswered', 'timeout'] },
  flaky: { confirmed: true, cancelled: ['payment_unanswered', 'timeout'] },
  timeout: { confirmed: true, cancelled: ['payment_unanswered', 'timeout'] },
  declined: { confirmed: false, cancelled: ['payment_declined', 'payment_unanswered', 'timeout'] },
  lost: { confirmed: false, cancelled: ['payment_unanswered', 'timeout'] },
  out_of_stock: { confirmed: false, cancelled: ['out_of_stock', 'timeout'] },
}

/** What is received before orders are placed, each receipt once. */
export const received: readonly { readonly sku: string; readonly quantity: number }[] = goods.map((sku) => ({
  sku,
  quantity: 5_000,
}))

/** The kind of the order with this number: a fifth of them meets something bad, each kind as often as the others. */
export function kindOf(number: number): Kind {
  return number % 5 === 4 ? bad[Math.floor(number / 5) % bad.length]! : 'good'
}

/** The number of the order, of an id that `placedOrder` made. */
export function numberOf(orderId: string): number | undefined {
  const digits = /^placed-(\d+)$/.exec(orderId)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** The order with this number; always the same. */
export function placedOrder(number: number): ReturnType<typeof CreateOrder> {
  const kind = kindOf(number)
  const wanted = [number, number + 1, number + 3].map((n) => goods[n % goods.length]!)
  const items = wanted.map((sku, line) => ({
    sku,
    quantity: 1 + (number % 3),
    unitPrice: `${1 + line}.${number % 10}5`,
  }))
  // Beyond stock in its last line, so that the pieces of the lines before it must stay free.
  const beyond = { sku: 'RARE', quantity: 1, unitPrice: '9.99' }
  return CreateOrder({
    orderId: `placed-${number}`,
    customerId: `customer-${number % 7}`,
    items: kind === 'out_of_stock' ? [...items, beyond] : items,
    paymentToken: kind === 'good' || kind === 'out_of_stock' ? 'tok_ok' : `tok_${kind}`,
  })
}
