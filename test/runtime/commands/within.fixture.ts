import type { TestContext } from 'node:test'
import assert from 'node:assert/strict'
import type pg from 'pg'
import { command, handle, isEventwrightError, service, system, t, type ErrorCode, type StartOptions } from 'eventwright'
import { postgres, type PostgresOptions } from 'eventwright/postgres'
import { connectTo } from '../../fixtures/postgres-clients.ts'
import { freshPostgres } from '../../fixtures/postgres.ts'
import { Account, Accounts, Counter, Totals, note, transfer } from '../bank.fixture.ts'
import { Mailbox, SendLetter } from '../messages.fixture.ts'
import { running, until, type RunningOf } from '../running.fixture.ts'

export const Tell = command('Tell', { to: t.string(), later: t.string() })
export const CountRows = command('CountRows', { sql: t.string() }).replies({ rows: t.int() })
export const Insert = command('Insert', { sql: t.string() })

/** Sends a letter at once and one later. */
const tell = handle(Tell, async ({ to, later }, { send, schedule }) => {
  send(SendLetter({ to, text: 'now' }))
  schedule(SendLetter({ to, text: 'later' }), later, { key: to })
})
const countRows = handle(CountRows, async ({ sql }, { tx }) => ({ rows: (await tx.query(sql)).length }))
const insert = handle(Insert, async ({ sql }, { tx }) => tx.run(sql))

/** The bank, which can write letters too. */
export const house = system('house', {
  services: [
    service('bank', { parts: [Account, Counter, transfer, note, Accounts, Totals, tell, countRows, insert] }),
    service('mail', { parts: [Mailbox] }),
  ],
})

/** The house at work, and connections of its owner with a table of his own. */
export interface OwnHouse {
  readonly open: RunningOf<typeof house>
  readonly schema: string
  readonly url: string
  /** A client without a transaction; its texts are those of the test. */
  client(): Promise<pg.Client>
  /** One that has begun a transaction and written a row of its own. */
  begun(begin?: string): Promise<pg.Client>
  /** How many rows there are of the owner's. */
  notes(): Promise<number>
  /** What one connection without a transaction sees. */
  look(sql: string): Promise<unknown[]>
  /** Waits until so many connections wait for a lock of this house. */
  waiting(count: number): Promise<void>
}

/** Starts the house in a schema of its own. */
export async function ownHouse(
  test: TestContext,
  options: Partial<StartOptions> = {},
  store: PostgresOptions = {},
): Promise<OwnHouse> {
  const { url, schema, adapter } = freshPostgres()
  const clients: pg.Client[] = []
  const used = Object.keys(store).length === 0 ? adapter : { ...adapter, open: openWith(url, schema, adapter, store) }
  const open = await running(test, house, { store: used, ...options })
  const admin = await connectTo(test, url)
  await admin.query('create table notes (id int)')
  const client = async (): Promise<pg.Client> => {
    const made = await connectTo(test, url)
    clients.push(made)
    return made
  }
  // What a failed test leaves open would keep the system from stopping.
  test.after(() => Promise.all(clients.map((each) => each.end())))
  const look = async (sql: string): Promise<unknown[]> =>
    (await admin.query({ text: sql.replaceAll('ew.', `${schema}.`), rowMode: 'array' })).rows.flat()
  return {
    open,
    schema,
    url,
    client,
    look,
    async begun(begin = 'begin') {
      const made = await client()
      await made.query(begin)
      await made.query('insert into notes values (1)')
      return made
    },
    notes: async () => Number((await look('select count(*) from notes'))[0]),
    waiting: (count) =>
      until(
        `${count} wait for a lock`,
        async () => Number((await admin.query(waiters, [schema])).rows[0].count) >= count,
      ),
  }
}

const waiters = `
  select count(*) from pg_stat_activity
   where wait_event_type = 'Lock' and state = 'active' and query like '%"' || $1 || '"%'`

function openWith(
  url: string,
  schema: string,
  adapter: ReturnType<typeof freshPostgres>['adapter'],
  store: PostgresOptions,
): typeof adapter.open {
  return async (options) => {
    // The fixture makes what its stores need beside them.
    await (await adapter.open(options)).close()
    return postgres(url, { schema, poolSize: 4, clockTrustMs: 0, ...store }).open(options)
  }
}

/** What it says, which must be an error with that code. */
export async function refused(promise: Promise<unknown>, code: ErrorCode): Promise<string> {
  const error = await promise.then(
    (value) => assert.fail(`it answered ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  assert.ok(isEventwrightError(error, code), `expected ${code}, got ${String(error)}`)
  return error.message
}
