import type { Telemetry, TraceContext } from 'eventwright'
import type { ConsoleHandler } from 'eventwright/console'
import { Hono, type Context } from 'hono'
import { addPage, type Live } from './page.ts'
import { Problem, problemResponse } from './problem.ts'
import type { Route } from './route.ts'
import { answerTraced } from './trace.ts'

/** What stands behind an interface. */
export interface Behind {
  readonly routes: readonly Route[]
  /** Feeds the page. */
  readonly live: Live
  /** What operators see, at `/`. */
  readonly console?: ConsoleHandler | undefined
  /** When it aborts, connections are no longer kept. */
  readonly closing: AbortSignal
  answer(route: Route, context: Context, trace: TraceContext): Promise<Response>
  /** Told of every request that a service answers, where it is there. */
  readonly telemetry?: Telemetry | undefined
  /** Gets the errors that nobody foresaw. */
  report(error: unknown): void
}

/** An HTTP interface of these routes, with the page, however the routes are answered. */
export function interfaceOf({ routes, live, console, closing, answer, report, telemetry }: Behind): Hono {
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
  if (console !== undefined)
    app.use((context, next) => (console.handles(context.req.path) ? console(context.req.raw) : next()))
  for (const route of routes)
    app.on(route.method, route.path, (context) =>
      // Whether it is alive is asked all the time, and tells nothing of what it does.
      answerTraced(route.service && telemetry, route, context.req.raw, (trace) => answer(route, context, trace)),
    )
  addPage(app, live)
  refuseOtherMethods(app, report)
  return app
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
