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
  app.notFound(() =>
    problemResponse(new Problem('not_found', 'No resource has this path; /openapi.json lists all.'), report),
  )
  app.use(async (context, next) => {
    refuseOtherSites(context.req.raw)
    refuseTornEscapes(context.req.raw)
    await next()
    // Nobody will read it, and a live stream would go on for nobody.
    if (context.req.method === 'HEAD') await context.res.body?.cancel()
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
  refuseOtherMethods(app, report)
  return { app, feed }
}

/** Every path that has a route answers the methods that it does not have with those that it has. */
function refuseOtherMethods(app: Hono, report: (error: unknown) => void): void {
  const known = Map.groupBy(
    app.routes.filter(({ method }) => method !== 'ALL'),
    ({ path }) => path,
  )
  for (const [path, found] of known) {
    const methods = found.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ')
    app.all(path, () => {
      const response = problemResponse(new Problem('method_not_allowed', `Use ${methods}.`), report)
      response.headers.set('allow', methods)
      return response
    })
  }
}

/** The router takes what it cannot decode as it is, so that two paths would name one thing. */
function refuseTornEscapes({ url }: Request): void {
  try {
    decodeURIComponent(new URL(url).pathname)
  } catch {
    throw new Problem(
      'bad_request',
      'A % in the path begins two hex digits of a byte of UTF-8; write %25 for the sign.',
    )
  }
}

/** A page of another site could otherwise make a visitor's browser place orders. */
function refuseOtherSites({ method, headers }: Request): void {
  if (method !== 'GET' && headers.get('sec-fetch-site') === 'cross-site') {
    throw new Problem('cross_site', 'Only pages of this server may write here.')
  }
}
