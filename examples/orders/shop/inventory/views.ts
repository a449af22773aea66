import { projection, t } from 'eventwright'
import { Name } from '../order-line.ts'
import { StockIssued, StockReceived, StockReleased, StockReserved } from './stock.ts'

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

interface Level {
  readonly onHand: number
  readonly reserved: number
  readonly sold: number
}

function moved(sku: string, row: Level | undefined, by: Partial<Level>): Level & { readonly sku: string } {
  const { onHand = 0, reserved = 0, sold = 0 } = by
  return {
    sku,
    onHand: (row?.onHand ?? 0) + onHand,
    reserved: (row?.reserved ?? 0) + reserved,
    sold: (row?.sold ?? 0) + sold,
  }
}
