import { setTimeout as sleep } from 'node:timers/promises'
import { decimal } from 'eventwright'
import type { Shop } from '../open.ts'
import { everyRow } from '../every-row.ts'
import { logReaders, type LogReader } from './log-readers.ts'
import type { OrderNews } from './order-news.ts'
import { pounds, shownSales, type OrderRow } from './shown.ts'

/** How far the shop has got with the file that it replays. */
export interface Replay {
  readonly done: number
  readonly of: number
  readonly state: 'running' | 'done'
}

/** What one message to the page holds; what is absent has not changed. Nothing in it names a customer. */
interface Frame {
  readonly orders?: readonly object[]
  readonly events?: readonly SeenEvent[]
  readonly eventsPerSecond?: number
  /** The last minute of `eventsPerSecond`, oldest first, to begin with. */
  readonly rates?: readonly number[]
  readonly sums?: object
  readonly readers?: readonly LogReader[]
  readonly replay?: Replay
}

interface SeenEvent {
  readonly position: number
  readonly type: string
  readonly stream: string
}

const frameMs = 250
const sumsMs = 1_000
const heartbeatMs = 15_000
const rateSeconds = 5
const mostRates = 60
const mostOrders = 40
const mostEvents = 32
const mostProducts = 8
const mostWaiting = 64

/**
 * Feeds all open pages: changes at most four times a second, sums at most once a second, whatever the traffic is. A
 * page that does not keep up is cut off; its browser connects again and gets a fresh start.
 */
export class LiveFeed {
  /** Set by whoever replays a file. */
  replay: Replay | undefined
  readonly #shop: Shop
  readonly #closing: AbortSignal
  readonly #clients = new Set<ReadableStreamDefaultController<Uint8Array>>()
  /** The orders that arrived last, oldest first; filled from the view when the first page opens. */
  #latest: Map<string, object> | undefined
  readonly #changed = new Map<string, object>()
  #newEvents: SeenEvent[] = []
  #lastEvents: SeenEvent[] = []
  #eventCount = 0
  #perSecond: number[] = []
  #rates: number[] = []
  #sumsAreOld = true

  constructor(shop: Shop, news: OrderNews, closing: AbortSignal) {
    this.#shop = shop
    this.#closing = closing
    news.listen((order) => this.#see(order))
    void this.#tail()
    void this.#loop()
  }

  /** A stream of server-sent events: everything there is to see now, then every change. */
  async connect(): Promise<Response> {
    const first = await this.#everything()
    let client: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          client = controller
          controller.enqueue(encoded(first))
          if (this.#closing.aborted) controller.close()
          else this.#clients.add(controller)
        },
        cancel: () => void this.#clients.delete(client),
      },
      { highWaterMark: mostWaiting },
    )
    // An ended stream whose connection is kept alive would hold up a server that closes.
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', connection: 'close' }
    return new Response(body, { headers })
  }

  #see(order: OrderRow): void {
    this.#changed.set(order.orderId, brief(order))
    this.#latest?.set(order.orderId, brief(order))
    for (const orders of [this.#changed, this.#latest]) {
      const oldest = orders?.keys().next().value
      if (orders !== undefined && orders.size > mostOrders && oldest !== undefined) orders.delete(oldest)
    }
  }

  async #tail(): Promise<void> {
    while (!this.#closing.aborted) {
      try {
        for await (const { position, type, stream } of this.#shop.events.tail({ signal: this.#closing })) {
          this.#eventCount++
          this.#sumsAreOld = true
          this.#newEvents.push({ position, type, stream })
          if (this.#newEvents.length > mostEvents) this.#newEvents.shift()
        }
      } catch {
        await this.#pause(sumsMs)
      }
    }
  }

  async #loop(): Promise<void> {
    for (let frames = 1; !this.#closing.aborted; frames++) {
      await this.#pause(frameMs)
      const frame: Frame = { ...this.#changes(), ...(frames % (sumsMs / frameMs) === 0 && (await this.#everySecond())) }
      const isEmpty = Object.keys(frame).length === 0
      if (!isEmpty) this.#send(encoded(frame))
      else if (frames % (heartbeatMs / frameMs) === 0) this.#send(encoded({}))
    }
    for (const client of this.#clients) client.close()
    this.#clients.clear()
  }

  #changes(): Frame {
    const orders = [...this.#changed.values()]
    const events = this.#newEvents
    this.#changed.clear()
    this.#newEvents = []
    this.#lastEvents = [...this.#lastEvents, ...events].slice(-mostEvents)
    return { ...(orders.length > 0 && { orders }), ...(events.length > 0 && { events }) }
  }

  async #everySecond(): Promise<Frame> {
    this.#perSecond = [...this.#perSecond.slice(1 - rateSeconds), this.#eventCount]
    this.#eventCount = 0
    const eventsPerSecond = mean(this.#perSecond)
    this.#rates = [...this.#rates.slice(1 - mostRates), eventsPerSecond]
    if (this.#clients.size === 0) return {}
    const wasOld = this.#sumsAreOld
    this.#sumsAreOld = false
    const sums = wasOld ? await this.#sums().catch(() => this.#retrySums()) : undefined
    const readers = await logReaders(this.#shop).catch(() => undefined)
    return {
      eventsPerSecond,
      ...(sums && { sums }),
      ...(readers && { readers }),
      ...(this.replay && { replay: this.replay }),
    }
  }

  #retrySums(): undefined {
    this.#sumsAreOld = true
  }

  async #everything(): Promise<Frame> {
    const [sums, readers] = await Promise.all([this.#sums(), logReaders(this.#shop)])
    const { rows } =
      this.#latest === undefined
        ? await this.#shop.views.orders.page({ orderBy: 'createdAt', descending: true, limit: mostOrders })
        : { rows: [] }
    this.#latest ??= new Map(rows.reverse().map((order) => [order.orderId, brief(order)]))
    return {
      orders: [...this.#latest.values()],
      events: this.#lastEvents,
      rates: this.#rates,
      sums,
      readers,
      ...(this.replay && { replay: this.replay }),
    }
  }

  async #sums(): Promise<object> {
    const { orders, stock } = this.#shop.views
    const [pending, confirmed, cancelled, countries, products] = await Promise.all([
      orders.count({ status: 'pending' }),
      orders.count({ status: 'confirmed' }),
      orders.count({ status: 'cancelled' }),
      everyRow(this.#shop.views.salesByCountry),
      stock.page({ orderBy: 'sold', descending: true, limit: mostProducts }),
    ])
    return {
      pending,
      confirmed,
      cancelled,
      net: pounds(countries.reduce((sum, { net }) => decimal.add(sum, net), '0')),
      countries: countries.map(shownSales),
      products: products.rows.map(({ sku, onHand, reserved, sold }) => ({ sku, onHand, reserved, sold })),
    }
  }

  #send(bytes: Uint8Array): void {
    for (const client of this.#clients) {
      if ((client.desiredSize ?? 0) > 0) client.enqueue(bytes)
      else {
        this.#clients.delete(client)
        client.close()
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#closing, ref: false }).catch(() => undefined)
  }
}

function mean(counts: readonly number[]): number {
  return Math.round(counts.reduce((sum, count) => sum + count, 0) / Math.max(counts.length, 1))
}

function brief({ orderId, country, status, reason, total, items, createdAt }: OrderRow): object {
  return { orderId, country, status, reason, total: pounds(total), lines: items.length, createdAt }
}

function encoded(frame: Frame): Uint8Array {
  return new TextEncoder().encode(`data: ${JSON.stringify(frame)}\n\n`)
}
