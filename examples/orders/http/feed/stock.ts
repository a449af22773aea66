import type { Shop } from '../../open.ts'
import type { FeedPart } from './part.ts'

const mostProducts = 8

/** What sells best, and what is left of it. */
export function stockPart(shop: Shop): FeedPart {
  return {
    async look() {
      const { rows } = await shop.views.stock.page({ orderBy: 'sold', descending: true, limit: mostProducts })
      return { products: rows.map(({ sku, onHand, reserved, sold }) => ({ sku, onHand, reserved, sold })) }
    },
  }
}
