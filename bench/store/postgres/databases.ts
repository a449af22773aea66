import pg from 'pg'
import { notRun, type Row, type Words } from '../../suite.ts'
import { notDurable, postgresServer, postgresUrl } from './server.ts'

/**
 * Rows that need the server of `EVENTWRIGHT_POSTGRES_URL`. Without it they stand there as not run, and none is judged
 * where commits do not wait for the disk. The databases are gone at the end.
 */
export async function onServer(
  words: readonly Words[],
  work: (databases: Databases) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const url = postgresUrl()
  const server = await postgresServer()
  if (url === undefined || server === null)
    return words.map((each) => notRun(each, 'EVENTWRIGHT_POSTGRES_URL is not set'))
  const databases = new Databases(url)
  try {
    const note = notDurable(server)
    const rows = await work(databases)
    if (note === undefined) return rows
    return rows.map((row) => ({ ...row, note, verdict: row.ratio === null ? row.verdict : 'not judged' }))
  } finally {
    await databases.drop()
  }
}

/** Databases that a row measures in; each is made anew, so that what a broken run has left does not matter. */
export class Databases {
  readonly #url: string
  readonly #made = new Set<string>()

  /** `url` names a server and a user who may create databases. */
  constructor(url: string) {
    this.#url = url
  }

  /** Makes an empty database and answers its URL. */
  async create(name: string): Promise<string> {
    const database = `ew_bench_${name.replaceAll('-', '_')}`
    await this.#run(`drop database if exists ${database} with (force)`, `create database ${database}`)
    this.#made.add(database)
    const url = new URL(this.#url)
    url.protocol = 'postgres:'
    url.pathname = `/${database}`
    return url.href
  }

  /** Takes away all that were made. */
  async drop(): Promise<void> {
    for (const database of this.#made) await this.#run(`drop database if exists ${database} with (force)`)
    this.#made.clear()
  }

  async #run(...statements: readonly string[]): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url })
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
}
