import { systemClock, type Clock } from '../base/clock.ts'
import { failure } from '../base/errors.ts'
import { silentLog, type Log } from '../base/log.ts'
import { isStorable } from '../base/text.ts'
import { isLoopback } from './access.ts'
import { liveLimits, type LiveLimits } from './live-hub.ts'
import { usualFolder } from './page-files.ts'
import type { Viewer } from './sessions.ts'

/**
 * Says who asks: the user of a session of OpenID Connect, or of a header that a proxy has set and that nobody else can
 * set. Undefined: nobody who is known, and the answer is 401.
 */
export type Authenticate = (request: Request) => Viewer | undefined | Promise<Viewer | undefined>

/** How a console is served. */
export interface ConsoleOptions {
  /** The path at which its page stands, with `/` at both ends; default `/`. Its interface is below, at `console/api/`. */
  readonly base?: string
  /**
   * The address that the server listens on; default `127.0.0.1`. For one that others reach, `authenticate` and `hosts`
   * must be there: EW_CONFIG.
   */
  readonly address?: string
  /** Further host names under which browsers ask for it; those of loopback always do. */
  readonly hosts?: readonly string[]
  /** Without it whoever has the token is let in. */
  readonly authenticate?: Authenticate
  /**
   * The token that is exchanged for a session; default: EVENTWRIGHT_CONSOLE_TOKEN, or else a new one that can be used
   * once.
   */
  readonly token?: string
  /** Whom the token lets in; default: an operator called $USER, to whom personal data are masked. */
  readonly local?: Partial<Viewer>
  /** What the page calls the system; default: the name of its store. */
  readonly system?: string
  /** `production`, `test`, …, shown on every page. */
  readonly environment?: string
  /** The services that run in this process; default: all. */
  readonly services?: readonly string[]
  /** The folder of the built page; default: that of the package. */
  readonly page?: string
  /** Where it says what an operator of the process should know. */
  readonly log?: Log
  readonly clock?: Clock
  readonly live?: Partial<LiveLimits>
}

/** Options with every default filled in. */
export interface ConsoleSettings {
  readonly base: string
  readonly hosts: readonly string[]
  readonly authenticate: Authenticate | undefined
  readonly token: string | undefined
  readonly local: Viewer
  readonly system: string | undefined
  readonly environment: string | undefined
  readonly services: readonly string[] | undefined
  readonly page: string
  readonly log: Log
  readonly clock: Clock
  readonly live: LiveLimits
}

/** Fills the defaults in. Error: EW_CONFIG for what would let strangers in, or cannot be. */
export function consoleSettings(options: ConsoleOptions): ConsoleSettings {
  const { base = '/', address = '127.0.0.1', hosts = [], authenticate, local } = options
  if (!/^\/(?:[\w.~-]+\/)*$/.test(base)) throw wrong(`its base ${JSON.stringify(base)} does not begin and end with "/"`)
  if (!isLoopback(address) && authenticate === undefined)
    throw wrong(`others reach the address ${address}, and nothing says who they are: give it authenticate, or loopback`)
  if (!isLoopback(address) && hosts.length === 0)
    throw wrong(`others reach the address ${address}: name in hosts under which names, such as ops.example.com`)
  const token = options.token ?? process.env['EVENTWRIGHT_CONSOLE_TOKEN']
  if (token !== undefined && token.length < 16) throw wrong('its token has fewer than 16 characters')
  const who = local?.who ?? process.env['USER'] ?? 'operator'
  if (who.trim() === '' || !isStorable(who)) throw wrong('whom the token lets in has no name')
  return {
    base,
    hosts,
    authenticate,
    token,
    local: { role: 'operator', ...local, who },
    system: options.system,
    environment: options.environment,
    services: options.services,
    page: options.page ?? usualFolder,
    log: options.log ?? silentLog,
    clock: options.clock ?? systemClock,
    live: { ...liveLimits, ...options.live },
  }
}

function wrong(what: string): Error {
  return failure('EW_CONFIG', `This console cannot be served: ${what}.`)
}
