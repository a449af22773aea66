import { failure } from '../../base/errors.ts'
import type { BucketCounts } from '../../ports/ownership.ts'

/** Settings of a store in PostgreSQL. */
export interface PostgresOptions {
  /** The schema of all its tables; it is created if it is absent. Default `eventwright`. */
  readonly schema?: string
  /**
   * Into how many buckets each consumer is divided, which is how many processes can share it: powers of two, at most
   * 1,024; default 16 of everything, and 256 of sagas. A number that the store does not have yet is taken over at a
   * start for which the consumer stands still and level: EW_CONSUMERS_NOT_LEVEL.
   */
  readonly buckets?: Partial<BucketCounts>
  /** How many connections it opens at most, beside one that listens; default 10. */
  readonly poolSize?: number
  /**
   * Where it listens for commits of other processes, for a database behind a pooler that gives each transaction another
   * connection: there nobody can listen. Without it such a system finds the commits of others by asking once a second.
   */
  readonly listenUrl?: string
  /**
   * Whether statements are prepared once on each connection; default true. Set it to false behind a pooler in
   * transaction mode that knows nothing of prepared statements (PgBouncer before 1.21).
   */
  readonly prepare?: boolean
  /** Whether opening may create and change tables; default true. With false it is refused by EW_STORE_OLDER. */
  readonly migrate?: boolean
  /**
   * For how many milliseconds the server's clock is carried on by this machine's before it is asked again; default 200,
   * 0 asks every time.
   */
  readonly clockTrustMs?: number
  /** Milliseconds until a connection is given up; default 5,000. */
  readonly connectTimeoutMs?: number
  /** Milliseconds that a statement may take; default 30,000. */
  readonly statementTimeoutMs?: number
  /** Milliseconds that a statement waits for the locks of others; default 5,000. */
  readonly lockTimeoutMs?: number
}

/** Settings of the connections. */
export interface DriverOptions {
  readonly url: string
  readonly schema: string
  readonly poolSize: number
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
  readonly lockTimeoutMs: number
  readonly prepare: boolean
}

/** Every setting, the defaults put in. */
export interface StoreSettings extends DriverOptions {
  readonly listenUrl: string
  readonly buckets: BucketCounts
  readonly migrate: boolean
  readonly clockTrustMs: number
}

/** Enough for that many processes; what more buckets cost is measured in docs/decisions/0006. */
const defaultBuckets = 16
const defaultSagaBuckets = 256

/** The schema of a store that names none. */
export const defaultSchema = 'eventwright'

/** The settings of a store, checked. Messages never hold the address, in which there may be a password. */
export function settingsOf(url: string, options: PostgresOptions): StoreSettings {
  const { schema = defaultSchema, listenUrl = url, prepare = true, migrate = true } = options
  checkAddress(url)
  checkAddress(listenUrl)
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema) || schema.startsWith('pg_'))
    throw failure('EW_CONFIG', `The schema ${JSON.stringify(schema)} needs letters, digits and _, at most 63.`)
  return {
    url,
    schema,
    listenUrl,
    prepare,
    migrate,
    buckets: bucketsOf(options.buckets),
    clockTrustMs: atLeast(0, 'clockTrustMs', options.clockTrustMs ?? 200),
    poolSize: atLeast(1, 'poolSize', options.poolSize ?? 10),
    connectTimeoutMs: atLeast(1, 'connectTimeoutMs', options.connectTimeoutMs ?? 5_000),
    statementTimeoutMs: atLeast(1, 'statementTimeoutMs', options.statementTimeoutMs ?? 30_000),
    lockTimeoutMs: atLeast(1, 'lockTimeoutMs', options.lockTimeoutMs ?? 5_000),
  }
}

// A password with one of these makes another address of it, whose host or database would be shown with half of it.
const advice = 'in a user, a password or a database / ? # @ : % are written as %2F %3F %23 %40 %3A %25'

function checkAddress(url: string): void {
  const [, place] = /^postgres(?:ql)?:\/\/(.*)$/s.exec(url) ?? []
  if (place === undefined)
    throw failure('EW_CONFIG', 'The address of a PostgreSQL store begins with postgres://, and this one does not.')
  const authority = /^[^/?#]*/.exec(place)![0]
  const isWhole = authority.split('@').length <= 2 && !place.slice(authority.length).includes('@')
  if (!isWhole || !URL.canParse(url) || /\s|\0/.test(url) || /%(?![0-9a-f]{2})/i.test(url))
    throw failure('EW_CONFIG', `The address of the PostgreSQL store is no URL; ${advice}.`)
}

function bucketsOf({
  projections = defaultBuckets,
  subscriptions = defaultBuckets,
  relay = defaultBuckets,
  sagas = defaultSagaBuckets,
}: Partial<BucketCounts> = {}): BucketCounts {
  const counts = { projections, subscriptions, relay, sagas }
  for (const [name, count] of Object.entries(counts)) {
    if (Number.isInteger(count) && count >= 1 && count <= 1_024 && (count & (count - 1)) === 0) continue
    throw failure('EW_CONFIG', `The setting buckets.${name} is a power of two from 1 to 1,024, not ${count}.`)
  }
  return counts
}

function atLeast(least: number, name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw failure('EW_CONFIG', `The setting ${name} is a whole number from ${least} on, not ${value}.`)
}
