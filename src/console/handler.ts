import { failure } from '../base/errors.ts'
import { errorText } from '../base/error-text.ts'
import { Access } from './access.ts'
import { assertStorable, bodyOf, orderKeyIn, reasonIn } from './body.ts'
import type { Behind, Call, Watched } from './call.ts'
import { Frozen } from './frozen.ts'
import { Jobs } from './jobs.ts'
import { keepIndexed } from './keep-indexed.ts'
import { LiveHub } from './live-hub.ts'
import { consoleSettings, type ConsoleOptions, type ConsoleSettings } from './options.ts'
import { PageFiles } from './page-files.ts'
import { Processes } from './processes.ts'
import { problemOf, problemResponse, RequestRefused } from './problem.ts'
import { Router, type Route } from './router.ts'
import { channelRoutes } from './routes/channels.ts'
import { consumerRoutes } from './routes/consumers.ts'
import { deadLetterRoutes } from './routes/dead-letters.ts'
import { eventRoutes } from './routes/events.ts'
import { jobRoutes } from './routes/jobs.ts'
import { overviewRoutes } from './routes/overview.ts'
import { replayPlanRoutes } from './routes/replay-plan.ts'
import { sagaRoutes } from './routes/sagas.ts'
import { processRoutes } from './routes/processes.ts'
import { searchRoutes } from './routes/search.ts'
import { streamRoutes } from './routes/streams.ts'
import { systemRoutes } from './routes/system-map.ts'
import { viewRoutes } from './routes/views.ts'
import { Sessions, type Viewer } from './sessions.ts'
import { Throughput } from './throughput.ts'

/** A console that a server answers with: a fetch handler that is asked for every path at and below its base. */
export interface ConsoleHandler {
  (request: Request): Promise<Response>
  /** What is exchanged for a session; undefined where `authenticate` says who asks. */
  readonly token: string | undefined
  /** The address to open, with the token: `link('http://127.0.0.1:3000')`. */
  link(origin: string): string
  /** Whether a path is one that it answers. */
  handles(path: string): boolean
  /** Ends live streams and breaks off jobs; call it before the system stops. */
  close(): Promise<void>
}

/**
 * The console of a running system: its page, and the interface behind it. Whoever has the token, or whom `authenticate`
 * knows, may look; operators may also order, each with a reason and once for its key, and every order is noted in the
 * store before it is carried out. What is marked `pii()` is masked unless the viewer may see it. Orders are refused from
 * other origins, everything under other host names. Error: EW_CONFIG for an address that strangers reach without
 * `authenticate`.
 */
export function consoleHandler(running: Watched, options: ConsoleOptions = {}): ConsoleHandler {
  const served = new Served(running, consoleSettings(options))
  const handle = (request: Request): Promise<Response> => served.answer(request)
  return Object.assign(handle, {
    token: served.token,
    link: (origin: string) => served.link(origin),
    handles: (path: string) => served.handles(path),
    close: () => served.close(),
  })
}

const apiPath = 'console/api/'

/** Every path of the interface; docs/console.md has a command for each, or says why there is none. */
export const consoleRoutes: readonly Route<Call>[] = [
  ...overviewRoutes,
  ...eventRoutes,
  ...streamRoutes,
  ...viewRoutes,
  ...sagaRoutes,
  ...deadLetterRoutes,
  ...replayPlanRoutes,
  ...channelRoutes,
  ...consumerRoutes,
  ...processRoutes,
  ...searchRoutes,
  ...systemRoutes,
  ...jobRoutes,
]

const router = new Router<Call>(consoleRoutes)

class Served {
  readonly #settings: ConsoleSettings
  readonly #access: Access
  readonly #sessions: Sessions | undefined
  readonly #files: PageFiles
  readonly #behind: Omit<Behind, 'about'>
  readonly #system: string | undefined
  readonly #closing = new AbortController()
  readonly #used: () => void

  constructor({ inspect, operate }: Watched, settings: ConsoleSettings) {
    const { graph } = inspect
    if (graph === undefined) throw failure('EW_CONFIG', 'A console shows a system that runs, and none was given.')
    const { clock, live, services } = settings
    this.#settings = settings
    this.#access = new Access(settings.hosts)
    this.#sessions = settings.authenticate === undefined ? new Sessions(clock, settings.token) : undefined
    this.#files = new PageFiles(settings.page)
    this.#system = settings.system
    const report = (error: unknown): void => this.#report(error)
    const closing = this.#closing.signal
    this.#behind = {
      inspect,
      operate,
      graph,
      clock,
      jobs: new Jobs(clock, operate.orders, report),
      frozen: new Frozen(clock),
      live: new LiveHub({ inspect, graph, clock, limits: live, closing, report }),
      throughput: new Throughput(clock),
      processes: new Processes(),
      services: new Set(services ?? graph.services.keys()),
    }
    this.#used = keepIndexed({ events: inspect.events, clock, closing, report })
  }

  get token(): string | undefined {
    return this.#sessions?.token
  }

  link(origin: string): string {
    const { base } = this.#settings
    const query = this.token === undefined ? '' : `?token=${encodeURIComponent(this.token)}`
    return `${origin.replace(/\/$/, '')}${base}${query}`
  }

  handles(path: string): boolean {
    const { base } = this.#settings
    if (!path.startsWith(base)) return false
    const inner = path.slice(base.length)
    return inner === '' || inner.startsWith('console/') || this.#files.has(inner)
  }

  async answer(request: Request): Promise<Response> {
    try {
      this.#access.assertHost(request)
      const url = new URL(request.url)
      const { base } = this.#settings
      if (!url.pathname.startsWith(base)) throw new RequestRefused('not_found', `The console is at ${base}.`)
      const path = url.pathname.slice(base.length)
      if (path.startsWith(apiPath)) return await this.#answerApi(request, url, path.slice(apiPath.length))
      return this.#answerPage(request, url, path)
    } catch (error) {
      return problemResponse(problemOf(error, (unforeseen) => this.#report(unforeseen)))
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#behind.jobs.close()
  }

  #answerPage({ method }: Request, url: URL, path: string): Response {
    if (method !== 'GET' && method !== 'HEAD') throw new RequestRefused('method_not_allowed', 'Use GET.')
    const token = url.searchParams.get('token')
    if (path === '' && token !== null && this.#sessions !== undefined) return this.#enter(this.#sessions, url, token)
    const file = this.#files.answer(path)
    if (file === undefined) throw new RequestRefused('not_found', 'The page has no such file.')
    return file
  }

  /** The token leaves the address, and the history with it. A wrong one leads to the page, which says so. */
  #enter(sessions: Sessions, url: URL, token: string): Response {
    const { base, local } = this.#settings
    const entered = sessions.exchange(token, local)
    const headers = new Headers({ location: base, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    if (entered !== undefined) {
      const seconds = Math.floor(entered.lastsMs / 1_000)
      headers.set('set-cookie', `${cookieName(url)}=${entered.id}; Max-Age=${seconds}; ${cookieTerms(base, url)}`)
    }
    return new Response(null, { status: 303, headers })
  }

  async #answerApi(request: Request, url: URL, path: string): Promise<Response> {
    this.#access.assertOrigin(request)
    const viewer = await this.#viewerOf(request, url)
    if (path === 'session/end' && request.method === 'POST') return this.#leave(request, url)
    const { route, names } = router.match(request.method, path)
    assertStorable([...Object.values(names), ...url.searchParams.values()])
    if (route.method === 'POST' && viewer.role !== 'operator')
      throw new RequestRefused('forbidden', 'Orders are given by operators; you may look.')
    this.#used()
    const body = route.method === 'POST' ? await bodyOf(request) : {}
    const order =
      route.method === 'POST'
        ? { id: orderKeyIn(request.headers), who: viewer.who, why: reasonIn(body) }
        : { id: '', who: viewer.who, why: '' }
    const signal = AbortSignal.any([request.signal, this.#closing.signal])
    const about = {
      system: await this.#name(),
      environment: this.#settings.environment,
      canLeave: this.#sessions !== undefined,
    }
    const call: Call = { ...this.#behind, about, request, query: url.searchParams, viewer, signal, body, order }
    const answer = await route.answer(call, names)
    if (answer instanceof Response) {
      // Nobody would read it, and a live stream would go on for nobody.
      if (request.method === 'HEAD') await answer.body?.cancel()
      return answer
    }
    const headers = {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    }
    return new Response(request.method === 'HEAD' ? null : JSON.stringify(answer), { headers })
  }

  async #viewerOf(request: Request, url: URL): Promise<Viewer> {
    const { authenticate } = this.#settings
    const viewer =
      authenticate === undefined
        ? this.#sessions!.viewerOf(cookieIn(request, cookieName(url)) ?? '')
        : await authenticate(request)
    if (viewer !== undefined) return viewer
    const how = authenticate === undefined ? 'Open the address that the process has printed.' : 'Log in first.'
    throw new RequestRefused('unauthenticated', how)
  }

  #leave(request: Request, url: URL): Response {
    const id = cookieIn(request, cookieName(url))
    if (id !== undefined) this.#sessions?.end(id)
    const cookie = `${cookieName(url)}=; Max-Age=0; ${cookieTerms(this.#settings.base, url)}`
    return new Response(null, { status: 204, headers: { 'set-cookie': cookie } })
  }

  async #name(): Promise<string> {
    return this.#system ?? (await this.#behind.inspect.store()).name
  }

  #report(error: unknown): void {
    this.#settings.log.error('the console could not answer', { error: errorText(error) })
  }
}

/** Cookies are of a host, whatever the port: two consoles of one machine have two. */
function cookieName({ port, protocol }: URL): string {
  return `ew_console_${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`
}

function cookieTerms(base: string, { protocol }: URL): string {
  return `Path=${base}; HttpOnly; SameSite=Strict${protocol === 'https:' ? '; Secure' : ''}`
}

function cookieIn({ headers }: Request, name: string): string | undefined {
  const cookies = (headers.get('cookie') ?? '').split(';').map((pair) => pair.trim())
  return cookies.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}
