import { durationMs, type Duration } from '../../base/duration.ts'
import { failure } from '../../base/errors.ts'

/** Where rows of views are and how long the server may take. */
export interface MongodbViewsOptions {
  /** Default: the one that the URL names, or else `eventwright`. */
  readonly database?: string
  /** The views that are kept there; default: all that can be. */
  readonly only?: readonly string[]
  /** How long a server may be looked for; default 5 seconds. */
  readonly connectTimeout?: Duration
  /** How long the server may be silent within an operation; default 30 seconds. */
  readonly operationTimeout?: Duration
}

/** Settings with everything filled in. */
export interface Settings {
  readonly url: string
  readonly hosts: string
  readonly database: string
  readonly connectTimeoutMs: number
  readonly operationTimeoutMs: number
}

/** Error: EW_CONFIG. */
export function settingsOf(url: string, options: MongodbViewsOptions): Settings {
  const parts = /^mongodb(?:\+srv)?:\/\/(?:[^/?]*@)?([^/?@]+)(?:\/([^/?]*))?(?:\?.*)?$/.exec(url)
  if (parts === null)
    throw failure('EW_CONFIG', 'The URL of the database for views is not mongodb://user:password@host:port/database.')
  const database = options.database ?? (parts[2] ? decodeURIComponent(parts[2]) : 'eventwright')
  if (!/^[^/\\. "$*<>:|?\0]{1,63}$/.test(database))
    throw failure('EW_CONFIG', `MongoDB cannot have a database with the name ${JSON.stringify(database)}.`)
  return {
    url,
    hosts: parts[1]!,
    database,
    connectTimeoutMs: durationMs(options.connectTimeout ?? '5s'),
    operationTimeoutMs: durationMs(options.operationTimeout ?? '30s'),
  }
}

/** Hosts and database, never a password. */
export function describe({ hosts, database }: Settings): string {
  return `mongodb ${hosts}/${database}`
}
