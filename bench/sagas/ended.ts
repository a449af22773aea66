import { DatabaseSync } from 'node:sqlite'
import { connections } from '../store/postgres/connections.ts'

/**
 * What so many sagas leave that have come to their end: the order, eight events of the saga, three effects, and over
 * channels six messages, three answers that are kept and as many pieces of mail that are used up. The start is mail as
 * well where it comes before the owner of the saga has begun. Where an owner has left, a step that he had begun counts
 * as an attempt, so that a saga has more events of its own; its effects are the same.
 */
function leftBy(sagas: number, local: boolean, ownersLeave = false): readonly (readonly [string, number])[] {
  return [
    [`ew_sagas where status = 'completed' and closed = 1 and version ${ownersLeave ? '>=' : '='} 8`, sagas],
    ownersLeave ? ['ew_events where part = 0', 4 * sagas] : ['ew_events', 12 * sagas],
    ['ew_messages', local ? 0 : 6 * sagas],
    ['ew_inbox', local ? 0 : 3 * sagas],
    [`ew_mail where kind <> 'started'`, local ? 0 : 3 * sagas],
    ['ew_mail where body is not null', 0],
  ]
}

/** Throws unless so many sagas of the file have come to their end. */
export function assertEnded(file: string, sagas: number, local: boolean): void {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    for (const [what, rows] of leftBy(sagas, local)) {
      const { count } = database.prepare(`select count(*) as count from ${what}`).get()!
      assertSame(what, count as number, rows, sagas)
    }
  } finally {
    database.close()
  }
}

/** Rejects unless so many sagas of the database have come to their end; owners may have left meanwhile. */
export async function assertEndedAt(url: string, sagas: number, local: boolean, ownersLeave = false): Promise<void> {
  const pool = await connections(url, 1)
  try {
    for (const [what, rows] of leftBy(sagas, local, ownersLeave)) {
      const { count } = (await pool.query(`select count(*)::int as count from eventwright.${what}`)).rows[0]
      assertSame(what, count, rows, sagas)
    }
  } finally {
    await pool.end()
  }
}

function assertSame(what: string, found: number, expected: number, sagas: number): void {
  if (found !== expected) throw new Error(`${sagas} sagas have ended, and there are ${found} of ${what}.`)
}
