import { failure, isEventwrightError } from '../../base/errors.ts'
import type { Outcome, Unit } from '../../ports/unit-of-work.ts'
import type { StoreWithin, TransactionClient } from '../../ports/within.ts'
import { inboxTable } from '../sql/inbox.ts'
import { snapshotTable } from '../sql/snapshots.ts'
import { UnitCommits } from './commit.ts'
import type { PostgresDriver, Statements, Transaction } from './driver.ts'
import { sqlState } from './faults.ts'
import type { Audience } from './listen.ts'
import { postgresLog } from './log.ts'
import { runQuery } from './recorded-sql.ts'
import { literalAmiss, literalSettings } from './session.ts'
import type { ViewTable } from './view-table.ts'
import { viewReads } from './views.ts'

/** What the parts of a store need on another connection. */
export interface WithinOptions {
  readonly driver: PostgresDriver
  readonly storeId: string
  readonly tables: ReadonlyMap<string, ViewTable>
  /** Everybody, this process too: nobody here knows when the transaction is committed. */
  readonly audience: Audience
  guard<T extends object>(section: T): T
  committed(): void
}

/** Opens the store on connections of others. */
export function postgresWithin(options: WithinOptions): (client: TransactionClient) => Promise<StoreWithin> {
  const { driver, tables, audience, guard, committed } = options
  const database = databaseOf(driver)
  return async (client) => {
    if (typeof client?.query !== 'function')
      throw failure('EW_TRANSACTION', 'What was given as a client has no method query.')
    const inTurn = turnsOf(client)
    const borrowed = driver.borrowed(client)
    const reads: Statements = {
      textsOf: borrowed.textsOf,
      all: (sql, ...parameters) => inTurn(() => borrowed.all(sql, ...parameters)).catch(explain),
      run: (sql, ...parameters) => inTurn(() => borrowed.run(sql, ...parameters)).catch(explain),
      once: (sql, parameters) => inTurn(() => borrowed.once(sql, parameters)).catch(explain),
    }
    const connections = { ...borrowed, transaction: <T>(work: (on: Statements) => Promise<T>) => work(borrowed) }
    const commits = new UnitCommits(connections, tables, audience, () => undefined)
    const commit = async (unit: Unit): Promise<Outcome> => (await commits.commit([unit]))[0]!
    await inTurn(() =>
      behindSavepoint(
        borrowed,
        begin,
        () => check(borrowed, options, database),
        () => takeBack,
      ),
    )
    return {
      log: guard(postgresLog(reads)),
      inbox: guard(inboxTable(reads)),
      snapshots: guard(snapshotTable(reads)),
      views: guard(viewReads(reads, driver.schema, tables)),
      ...guard({
        query: (sql: string, params: readonly unknown[]) =>
          inTurn(() => aside(borrowed, () => runQuery(borrowed, sql, params))),
        now: async () => (await reads.all('select ew_now()'))[0]![0] as number,
        commit: (unit: Unit) => inTurn(() => kept(borrowed, () => commit(unit))),
      }),
      committed,
    }
  }
}

const begin = 'savepoint ew_within'
const keep = 'release savepoint ew_within'
const takeBack = `rollback to savepoint ew_within; ${keep}`

/** What writes behind a savepoint: a loss gives the locks back at once, and an error does not end the transaction. */
function kept(on: Transaction, work: () => Promise<Outcome>): Promise<Outcome> {
  return behindSavepoint(on, begin, work, ({ ok }) => (ok ? keep : takeBack))
}

/** What only reads, and leaves the transaction as it was also where it fails. */
function aside<T>(on: Transaction, work: () => Promise<T>): Promise<T> {
  // Inside a savepoint it ends with that.
  return behindSavepoint(on, `${begin}; set local transaction_read_only = on`, work, () => takeBack)
}

async function behindSavepoint<T>(
  on: Transaction,
  first: string,
  work: () => Promise<T>,
  last: (result: T) => string,
): Promise<T> {
  try {
    await on.script(first)
    let result: T
    try {
      result = await work()
    } catch (error) {
      await on.script(takeBack).catch(() => undefined)
      throw error
    }
    await on.script(last(result))
    return result
  } catch (error) {
    return explain(error)
  }
}

/** Says what an error means in the transaction of somebody else. */
function explain(error: unknown): never {
  // What is wrong with a statement of a handler stands in it already.
  if (isEventwrightError(error, 'EW_SQL')) throw error
  if (isEventwrightError(error, 'EW_STORE_UNREACHABLE') && sqlState(error) !== readOnly)
    throw failure(
      'EW_STORE_UNREACHABLE',
      'The connection is gone, and its transaction with it: nothing of it is stored.',
      {
        cause: error,
      },
    )
  const state = sqlState(error)
  const refusal = refusals.get(state ?? '')
  if (refusal !== undefined) throw failure('EW_TRANSACTION', refusal, { cause: error })
  if (state === '40001')
    throw failure(
      'EW_STORE_BUSY',
      'Others have committed since this transaction took its snapshot, which its isolation keeps: begin it anew.',
      { cause: error },
    )
  throw error
}

const readOnly = '25006'

const refusals: ReadonlyMap<string, string> = new Map([
  ['25P01', 'The client has no open transaction; a pool never has one.'],
  ['25P02', 'The transaction of the client has failed before.'],
  [readOnly, 'The transaction of the client only reads.'],
  ['3B001', 'The transaction of the client was ended while a command was at work in it.'],
])

/** That the connection leads to this very store, and may write into it. A copy of a database has the same store id. */
async function check(
  on: Transaction,
  { driver, storeId }: WithinOptions,
  database: (anew: boolean) => Promise<number>,
): Promise<void> {
  const rows = await on.all(identity).catch((error: unknown) => {
    if (isEventwrightError(error) && noSuchTable.has(sqlState(error) ?? '')) return []
    throw error
  })
  const [row] = rows
  if (row !== undefined && !Array.isArray(row))
    throw failure(
      'EW_TRANSACTION',
      'The client does not answer rows as arrays, as clients of pg do when they are asked to.',
    )
  const isSame = row?.[0] === storeId && (row[1] === (await database(false)) || row[1] === (await database(true)))
  if (!isSame)
    throw failure('EW_TRANSACTION', `The client is connected to another database than the store ${driver.name}.`)
  if (row[2] === true) throw failure('EW_TRANSACTION', refusals.get(readOnly)!)
  const amiss = literalAmiss(row.slice(3))
  if (amiss !== undefined) throw failure('EW_TRANSACTION', `The transaction of the client cannot be used: ${amiss}.`)
}

const ownDatabase = 'select oid from pg_database where datname = current_database()'
const identity = `
  select value, (${ownDatabase}), current_setting('transaction_read_only') = 'on', ${literalSettings}
    from ew_store where name = 'store_id'`

const noSuchTable: ReadonlySet<string> = new Set(['42P01', '3F000'])

/** Asks once which database the store is in, and again where that seems to have changed. */
function databaseOf(driver: PostgresDriver): (anew: boolean) => Promise<number> {
  let known: Promise<number> | undefined
  return (anew) => {
    if (anew || known === undefined) {
      const asked = driver.all(ownDatabase).then(([row]) => row![0] as number)
      known = asked
      asked.catch(() => (known = undefined))
    }
    return known
  }
}

const turns = new WeakMap<TransactionClient, Promise<unknown>>()

/** Lets work on one client go one after the other, whoever asks for it: savepoints of two must not mix. */
function turnsOf(client: TransactionClient): <T>(work: () => Promise<T>) => Promise<T> {
  return (work) => {
    const done = (turns.get(client) ?? Promise.resolve()).then(work)
    turns.set(
      client,
      done.catch(() => undefined),
    )
    return done
  }
}
