import type { TraceContext } from 'eventwright'
import type { Shop } from '../open.ts'
import type { OrderNews } from '../order-news.ts'
import type { Receipts } from './receipts.ts'

/** What every route works with. */
export interface Interface {
  readonly shop: Shop
  readonly news: OrderNews
  readonly receipts: Receipts
}

/** One request, with the parameters of its path decoded and checked. */
export interface Call extends Interface {
  readonly request: Request
  readonly query: URLSearchParams
  /** Aborts when the client goes away or the server closes. */
  readonly signal: AbortSignal
  param(name: string): string
  /** What it leads to is a part of this. */
  readonly trace: TraceContext
}

/** The services of which people ask something. */
export type AskedService = 'orders' | 'inventory' | 'payments' | 'analytics'

/** One route of the interface: what it does, and what the OpenAPI document says about it. */
export interface Route {
  /** The service that answers; where it is left out, any process can. */
  readonly service?: AskedService
  readonly method: 'GET' | 'POST'
  /** In the form `/orders/:id`. */
  readonly path: string
  readonly summary: string
  /** JSON Schema of the body. */
  readonly body?: object
  /** Query parameters and headers with a description. */
  readonly query?: { readonly [name: string]: string }
  readonly headers?: { readonly [name: string]: string }
  /** Statuses with a description; errors of all routes are left out. */
  readonly answers: { readonly [status: number]: string }
  answer(call: Call): Promise<Response>
}
