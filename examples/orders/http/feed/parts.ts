import type { OrderNews } from '../../order-news.ts'
import type { Shop } from '../../open.ts'
import type { ServiceName } from '../../shop/system.ts'
import { LogPart } from './log.ts'
import { OrdersPart } from './orders.ts'
import type { FeedPart } from './part.ts'
import { salesPart } from './sales.ts'
import { sagasPart } from './sagas.ts'
import { stockPart } from './stock.ts'

/** What a process shows that runs these services. What is about the whole store, the process of the orders shows. */
export function feedParts(
  shop: Shop,
  news: OrderNews,
  services: readonly ServiceName[],
  closing: AbortSignal,
): readonly FeedPart[] {
  const parts: FeedPart[] = []
  if (services.includes('orders')) {
    const orders = new OrdersPart(shop, news)
    parts.push(
      orders,
      sagasPart(shop, () => orders.newestIds()),
      new LogPart(shop, closing),
    )
  }
  if (services.includes('inventory')) parts.push(stockPart(shop))
  if (services.includes('analytics')) parts.push(salesPart(shop))
  return parts
}
