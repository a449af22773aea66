import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { storeSources } from '../../src/design/sources.ts'

// Nobody owns the jobs of housekeeping between their rounds, which begin a minute after a start.
const isConsumer = `source <> '${storeSources.housekeeping}'`

/** A bucket that went from one process to another, as the claim itself found and left its row. */
export interface Takeover {
  readonly consumer: string
  /** Milliseconds from the end of the lease that ran out to the claim, both on the clock of the store. */
  readonly afterMs: number
  readonly from: string
  readonly to: string
  readonly epochs: number
}

function within<T>(file: string, work: (database: DatabaseSync) => T, timeoutMs = 30_000): T {
  const database = new DatabaseSync(file, { timeout: timeoutMs })
  try {
    return work(database)
  } finally {
    database.close()
  }
}

/** True once the tables of a store are there. */
export function isMade(file: string): boolean {
  const sql = `select count(*) as made from sqlite_schema where name = 'ew_views'`
  return existsSync(file) && within(file, (database) => database.prepare(sql).get()?.['made'] === 1)
}

/** From here on the file notes every claim in the transaction that makes it, so that no reader can come too late. */
export function noteClaims(file: string): void {
  within(file, (database) =>
    database.exec(`
      create table noted_claims (
        consumer text, old_owner text, old_until integer, old_epoch integer,
        new_owner text, new_until integer, new_epoch integer, position integer);
      create trigger note_claims after update of epoch on ew_ownership when new.${isConsumer} begin
        insert into noted_claims values (
          new.consumer, old.owner, old.until, old.epoch, new.owner, new.until, new.epoch, new.position);
      end`),
  )
}

/** Every bucket noted to have gone from one owner to another although nobody gave it back. */
export function takeovers(file: string, leaseMs: number): Takeover[] {
  const sql = `select consumer, new_until - ? - old_until as afterMs, old_owner as "from", new_owner as "to",
    new_epoch - old_epoch as epochs from noted_claims where old_owner <> new_owner order by rowid`
  return within(file, (database) => database.prepare(sql).all(leaseMs) as unknown as Takeover[])
}

/** Who holds each consumer; null where nobody does. */
export function owners(file: string): Map<string, string | null> {
  const sql = `select consumer, owner from ew_ownership where ${isConsumer} order by consumer`
  const rows = within(file, (database) => database.prepare(sql).all())
  return new Map(rows.map(({ consumer, owner }) => [String(consumer), owner as string | null]))
}

/** The one process that holds all consumers; undefined when there is none. */
export function soleOwner(file: string): string | undefined {
  const [first, ...others] = new Set(owners(file).values())
  return others.length === 0 ? (first ?? undefined) : undefined
}

/** True when every consumer of the log has gone on in other hands: it was claimed, and its position has moved since. */
export function goesOnWithout(file: string, owner: string): boolean {
  const sql = `select count(*) from ew_ownership o where o.source = 'log' and not exists (
    select 1 from noted_claims c
    where c.consumer = o.consumer and c.new_epoch = o.epoch and c.new_owner <> '${owner}' and o.position > c.position)`
  return count(file, sql) === 0
}

/** True when the last lease has run out. */
export function areLeasesOver(file: string): boolean {
  const sql = `select max(until) as until from ew_ownership`
  const until = within(file, (database) => database.prepare(sql).get()?.['until'])
  assert.equal(typeof until, 'number')
  return Number(until) < Date.now()
}

/** True when somebody holds the one right to write for a second. */
export function isLocked(file: string): boolean {
  try {
    within(file, (database) => database.exec('begin immediate; rollback'), 1_000)
    return false
  } catch (error) {
    if (/database is locked/.test(String(error))) return true
    throw error
  }
}

/** How many rows a query counts. */
export function count(file: string, sql: string): number {
  return within(file, (database) => Number(Object.values(database.prepare(sql).get() ?? {})[0]))
}
