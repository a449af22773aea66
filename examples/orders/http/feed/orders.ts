import type { OrderNews } from '../../order-news.ts'
import type { Shop } from '../../open.ts'
import { pounds, type OrderRow } from '../shown.ts'
import type { FeedPart, Piece } from './part.ts'

const mostOrders = 40
const statuses = ['pending', 'confirmed', 'cancelled'] as const

/** The orders that arrived last, and how many orders are in which status. */
export class OrdersPart implements FeedPart {
  readonly #shop: Shop
  /** Oldest first. */
  readonly #latest = new Map<string, object>()
  #changed = new Map<string, object>()
  #filled: Promise<void> | undefined
  #counts: Promise<object> | undefined

  constructor(shop: Shop, news: OrderNews) {
    this.#shop = shop
    news.listen((order) => this.#see(order))
  }

  /** The ids of the orders that arrived last, newest first. */
  newestIds(): readonly string[] {
    return [...this.#latest.keys()].reverse()
  }

  news(): Piece {
    const orders = [...this.#changed.values()]
    this.#changed = new Map()
    return orders.length > 0 ? { orders } : {}
  }

  told(): Piece {
    return { orders: [...this.#latest.values()] }
  }

  async look(): Promise<Piece> {
    this.#filled ??= this.#fill()
    this.#counts ??= this.#count()
    try {
      await this.#filled
      return { counts: await this.#counts }
    } catch (error) {
      this.#filled = this.#counts = undefined
      throw error
    }
  }

  #see(order: OrderRow): void {
    for (const orders of [this.#changed, this.#latest]) keep(orders, order)
    this.#counts = undefined
  }

  /** Those that came before this process began to listen. */
  async #fill(): Promise<void> {
    const { rows } = await this.#shop.views.orders.page({ orderBy: 'createdAt', descending: true, limit: mostOrders })
    const seen = [...this.#latest]
    this.#latest.clear()
    for (const order of rows.reverse()) keep(this.#latest, order)
    for (const [orderId, order] of seen) this.#latest.set(orderId, order)
    dropOldest(this.#latest)
  }

  async #count(): Promise<object> {
    const counts = await Promise.all(statuses.map((status) => this.#shop.views.orders.count({ status })))
    return Object.fromEntries(statuses.map((status, index) => [status, counts[index]]))
  }
}

function keep(orders: Map<string, object>, order: OrderRow): void {
  orders.set(order.orderId, brief(order))
  dropOldest(orders)
}

function dropOldest(orders: Map<string, object>): void {
  for (const orderId of orders.keys()) {
    if (orders.size <= mostOrders) return
    orders.delete(orderId)
  }
}

function brief({ orderId, country, status, reason, total, items, createdAt }: OrderRow): object {
  return { orderId, country, status, reason, total: pounds(total), lines: items.length, createdAt }
}
