import { decimal, t, type Decimal, type Out } from 'eventwright'

/** An id or a stock code. It names a stream: up to 250 bytes without control characters. */
export const Name = t
  .string()
  .min(1)
  .max(80)
  .pattern(/^\P{Cc}+$/u)

/** Pieces of one product. */
export const Quantity = t.int().min(1).max(1_000_000)

/** Pounds sterling. Sums are exact; they are rounded to two digits only where they are shown. */
export const Amount = t.decimal(30, 3)

/** One line of an order. */
export const Item = t.record('Item', { sku: Name, quantity: Quantity, unitPrice: t.decimal(12, 3).min('0.001') })
export type Item = Out<typeof Item>

/** The lines of an order. The same product may be on several of them. */
export const Items = t.array(Item).min(1).max(2_000)

/** How many pieces of one product, all lines together. */
export const Pieces = t.record('Pieces', { sku: Name, quantity: t.int().min(1) })
export type Pieces = Out<typeof Pieces>

/** The exact sum of quantity × unit price. */
export function totalOf(items: readonly Item[]): Decimal {
  return decimal.sum(items.map(({ quantity, unitPrice }) => decimal.mul(quantity, unitPrice)))
}

/** The pieces that the lines ask for, each product once. */
export function piecesOf(items: readonly Item[]): Pieces[] {
  const pieces = new Map<string, number>()
  for (const { sku, quantity } of items) pieces.set(sku, (pieces.get(sku) ?? 0) + quantity)
  return [...pieces].map(([sku, quantity]) => ({ sku, quantity }))
}
