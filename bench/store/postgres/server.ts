import pg from 'pg'

/** What the figures on PostgreSQL depend on. */
export interface PostgresServer {
  readonly version: string
  readonly settings: Readonly<Record<string, string>>
}

const settings = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'shared_buffers',
  'max_wal_size',
  'wal_buffers',
  'max_connections',
] as const

/** Where the server is: `EVENTWRIGHT_POSTGRES_URL`; undefined when it is not set. */
export function postgresUrl(): string | undefined {
  return process.env['EVENTWRIGHT_POSTGRES_URL'] || undefined
}

/** Asks the server there; null when none is named. Rejects when it does not answer. */
export async function postgresServer(): Promise<PostgresServer | null> {
  const url = postgresUrl()
  if (url === undefined) return null
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    const found: Record<string, string> = {}
    for (const name of settings) found[name] = (await client.query(`show ${name}`)).rows[0][name]
    return { version: (await client.query('show server_version')).rows[0].server_version, settings: found }
  } finally {
    await client.end()
  }
}

/** Why figures of a server say nothing about commits that are on the disk; undefined when they do. */
export function notDurable({ settings }: PostgresServer): string | undefined {
  const off = ['fsync', 'synchronous_commit'].filter((name) => settings[name] !== 'on')
  return off.length === 0
    ? undefined
    : `the server has ${off.join(' and ')} not on, so commits do not wait for the disk`
}
