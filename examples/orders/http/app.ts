import { Hono } from 'hono'
import type { Shop } from '../open.ts'
import { LiveFeed } from './live-feed.ts'
import { OrderNews } from './order-news.ts'
import { nameIn } from './parameters.ts'
import { addPage } from './page.ts'
import { Problem, problemResponse } from './problem.ts'
import { Receipts } from './receipts.ts'
import { routes } from './routes.ts'

/**
 * The HTTP interface and the page of a running shop, with the feed of the page. When `closing` aborts, live streams
 * end, waiting requests answer at once and `/healthz` says so. `report` gets the errors that nobody foresaw.
 */
export function shopApp(
  shop: Shop,
  closing: AbortSignal,
  report: (error: unknown) => void,
): { readonly app: Hono; readonly feed: LiveFeed } {
  const parts = { shop, news: new OrderNews(shop, closing), receipts: new Receipts() }
  const app = new Hono()
  app.onError((error) => problemResponse(error, report))
  app.notFound(() => problemResponse(new Problem('not_found', 'See /openapi.json for what there is.'), report))
  app.use(async (context, next) => {
    refuseOtherSites(context.req.raw)
    await next()
    if (closing.aborted) context.header('connection', 'close')
  })
  for (const route of routes) {
    app.on(route.method, route.path, (context) =>
      route.answer({
        ...parts,
        request: context.req.raw,
        query: new URL(context.req.url).searchParams,
        signal: AbortSignal.any([context.req.raw.signal, closing]),
        param: (name) => nameIn(context.req.param(name) ?? ''),
      }),
    )
  }
  const feed = new LiveFeed(shop, parts.news, closing)
  addPage(app, feed)
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes
      .filter((route) => route.path === path)
      .map((route) => route.method)
      .join(', ')
    app.all(path, () => {
      const response = problemResponse(new Problem('method_not_allowed', `Use ${methods}.`), report)
      response.headers.set('allow', methods)
      return response
    })
  }
  return { app, feed }
}

/** A page of another site could otherwise make a visitor's browser place orders. */
function refuseOtherSites({ method, headers }: Request): void {
  if (method !== 'GET' && headers.get('sec-fetch-site') === 'cross-site') {
    throw new Problem('cross_site', 'Only pages of this server may write here.')
  }
}
