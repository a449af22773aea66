import { existsSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** The two outside parties: who charges cards, and who sends mail. */
export type PartyKind = 'provider' | 'mail'

/** Where a party listens on this machine, and the word that it wants to hear. */
export interface Address {
  readonly port: number
  readonly token: string
}

/** Another process serves this file already. */
export class AlreadyServed extends Error {
  readonly code = 'already_served'
}

/** The file beside the store in which a party keeps what it knows. */
export function partyFile(kind: PartyKind, store: string): string {
  return `${store}.${kind}.db`
}

/**
 * Opens the file of a party for the one process that serves it: whatever is committed is on the disk, also after
 * kill -9. The file is made with `tables` when it is absent. Errors: `AlreadyServed` when another process still serves
 * it after a second; a plain error for a file that is something else, which is not touched.
 */
export function openPartyFile(kind: PartyKind, file: string, tables: string): DatabaseSync {
  held = takeLock(file, patienceMs)
  if (held === undefined) throw new AlreadyServed(`Another process serves ${file}.`)
  const database = new DatabaseSync(file, { timeout: patienceMs })
  const id = database.prepare('pragma application_id').get()?.['application_id']
  const isNew = database.prepare('select 1 from sqlite_schema').get() === undefined
  if (!isNew && id !== applicationIds[kind]) throw new Error(`${file} is a database of something else.`)
  database.exec('pragma journal_mode = wal; pragma synchronous = full')
  database.exec(`begin immediate; ${addressTable}; ${tables}; pragma application_id = ${applicationIds[kind]}; commit`)
  return database
}

/** Writes down where the party listens. */
export function writeAddress(database: DatabaseSync, { port, token }: Address): void {
  database.prepare('insert or replace into address (one, port, token) values (1, ?, ?)').run(port, token)
}

/** Looks up where the party listened last; nothing when there is no such file or nobody has served it yet. */
export function readAddress(file: string): Address | undefined {
  if (!existsSync(file)) return undefined
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: patienceMs })
    return database.prepare('select port, token from address').get() as Address | undefined
  } catch {
    // A file that is only being made, or none of ours: whoever tries to serve it finds out and says so.
    return undefined
  } finally {
    database?.close()
  }
}

/** Deletes what a party knows, unless a process serves it; answers whether none does. */
export function deletePartyFile(file: string): boolean {
  if (!existsSync(file)) return true
  const lock = takeLock(file, 0)
  if (lock === undefined) return false
  // The lock stays: whoever waits for a deleted one would not keep out the next.
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true })
  lock.close()
  return true
}

const patienceMs = 1_000
const applicationIds = { provider: 0x45575050, mail: 0x45574d47 }
const addressTable = `create table if not exists address (
  one integer primary key check (one = 1), port integer not null, token text not null) strict`

/**
 * The lock is an open transaction on a file of its own, as the WAL has one; the operating system frees it however the
 * process dies. A lock that lasts on the database itself would keep others from reading the address in it.
 */
function takeLock(file: string, timeout: number): DatabaseSync | undefined {
  const lock = new DatabaseSync(`${file}-lock`, { timeout })
  try {
    lock.exec('begin exclusive')
    return lock
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode === busy) return undefined
    throw error
  }
}

const busy = 5
// Held as long as the process lives: collected as garbage, the connection would free the lock.
let held: DatabaseSync | undefined
