import type { Telemetry, TraceContext } from 'eventwright'
import type { Hono } from 'hono'
import { interfaceOf } from '../http/interface.ts'
import { readBytes } from '../http/json-body.ts'
import { Problem } from '../http/problem.ts'
import { routes } from '../http/routes.ts'
import type { ServiceName } from '../shop/system.ts'
import { JoinedFeeds } from './joined-feeds.ts'
import type { ServiceProcess } from './service-process.ts'

/** The services that have something to show. */
const hasFeed: ReadonlySet<ServiceName> = new Set(['orders', 'inventory', 'analytics'])

/** How long a request waits for a process that is being started again. */
const patienceMs = 10_000

/** The whole interface in front of processes that answer it, each for its own service. */
export function frontApp(
  services: ReadonlyMap<ServiceName, ServiceProcess>,
  closing: AbortSignal,
  report: (error: unknown) => void,
  telemetry?: Telemetry | undefined,
): { readonly app: Hono; readonly feed: JoinedFeeds } {
  const feed = new JoinedFeeds(
    [...new Set(services.values())].filter((each) => each.services.some((name) => hasFeed.has(name))),
    closing,
  )
  const app = interfaceOf({
    routes,
    live: feed,
    closing,
    report,
    telemetry,
    answer(route, { req }, trace) {
      const { service = 'orders' } = route
      return forwarded(services.get(service)!, req.raw, trace, AbortSignal.any([req.raw.signal, closing]))
    },
  })
  return { app, feed }
}

async function forwarded(
  service: ServiceProcess,
  request: Request,
  trace: TraceContext,
  signal: AbortSignal,
): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const body = request.method === 'POST' ? await readBytes(request) : undefined
  const giveUp = AbortSignal.timeout(patienceMs)
  for (;;) {
    const url = await service.ready(AbortSignal.any([signal, giveUp])).catch(() => {
      throw unavailable()
    })
    try {
      const passed = { ...headersOf(request), ...trace }
      const init = { method: request.method, headers: passed, signal, ...(body && { body }) }
      const { status, headers, body: answer } = await fetch(url + pathname + search, init as RequestInit)
      return new Response(answer, { status, headers: kept(headers, answered) })
    } catch (error) {
      // What only reads, what has a key, and what has not reached anybody may be asked again.
      const isSafe =
        request.method !== 'POST' || request.headers.has('idempotency-key') || codeOf(error) === 'ECONNREFUSED'
      if (signal.aborted || giveUp.aborted || !isSafe) throw unavailable()
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

const pauseMs = 50
const asked = ['content-type', 'idempotency-key']
const answered = ['content-type', 'location', 'link', 'allow', 'retry-after']

function headersOf(request: Request): Readonly<Record<string, string>> {
  return Object.fromEntries(kept(request.headers, asked))
}

function kept(headers: Headers, names: readonly string[]): Headers {
  return new Headers(
    names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name)!]] : [])) as [string, string][],
  )
}

function codeOf(error: unknown): unknown {
  return (error as { readonly cause?: { readonly code?: unknown } }).cause?.code
}

function unavailable(): Problem {
  return new Problem('unavailable', 'The service is being started again; send the same request in a moment.')
}
