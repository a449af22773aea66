import { DatabaseSync } from 'node:sqlite'

/** Commits of this process since it was begun. */
export interface Commits {
  /** On connections with `synchronous = FULL`: each waits for one fsync of the write-ahead log. */
  readonly durable: number
  /** On the others, which wait for nothing. */
  readonly relaxed: number
}

const full = 2

/**
 * Counts commits from now on, of every connection that is opened later: the statement `commit`, which both sides
 * prepare once and run for each transaction. Checkpoints, a few fsyncs every 4,000 pages, are not counted.
 */
export function countCommits(): () => Commits {
  let durable = 0
  let relaxed = 0
  const prepare = DatabaseSync.prototype.prepare
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql, options) {
    const statement = prepare.call(this, sql, options)
    if (sql !== 'commit') return statement
    const run = statement.run.bind(statement)
    // Asked at the first commit: the connection may be set up after the statement is prepared.
    let isDurable: boolean | undefined
    statement.run = () => {
      isDurable ??= prepare.call(this, 'pragma synchronous').get()?.['synchronous'] === full
      if (isDurable) durable++
      else relaxed++
      return run()
    }
    return statement
  }
  return () => ({ durable, relaxed })
}
