import type { ConsoleHandler } from 'eventwright/console'
import type { Hono } from 'hono'
import { OrderNews } from '../order-news.ts'
import type { Shop } from '../open.ts'
import { serviceNames, type ServiceName } from '../shop/system.ts'
import { feedParts } from './feed/parts.ts'
import { interfaceOf } from './interface.ts'
import { LiveFeed } from './live-feed.ts'
import { nameIn } from './parameters.ts'
import { Receipts } from './receipts.ts'
import { routes } from './routes.ts'

/**
 * The HTTP interface and the page of a running shop, or of those services that it runs, with the feed of the page. When
 * `closing` aborts, live streams end, waiting requests answer at once and `/healthz` says so. `report` gets the errors
 * that nobody foresaw. `console` is what operators see, at `/`.
 */
export function shopApp(
  shop: Shop,
  closing: AbortSignal,
  report: (error: unknown) => void,
  services: readonly ServiceName[] = serviceNames,
  console?: ConsoleHandler,
): { readonly app: Hono; readonly feed: LiveFeed } {
  const parts = { shop, news: new OrderNews(shop, closing), receipts: new Receipts() }
  const feed = new LiveFeed(feedParts(shop, parts.news, services, closing), closing)
  const app = interfaceOf({
    routes: routes.filter(({ service }) => service === undefined || services.includes(service)),
    live: feed,
    console,
    closing,
    report,
    telemetry: shop.telemetry,
    answer: (route, { req }, trace) =>
      route.answer({
        ...parts,
        trace,
        request: req.raw,
        query: new URL(req.url).searchParams,
        signal: AbortSignal.any([req.raw.signal, closing]),
        param: (name) => nameIn(req.param(name) ?? ''),
      }),
  })
  return { app, feed }
}
