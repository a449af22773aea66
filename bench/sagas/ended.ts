import { DatabaseSync } from 'node:sqlite'

/**
 * Throws unless so many sagas of the file have come to their end with all that belongs to them: the order, eight events
 * of the saga, three effects, and over channels six messages, three answers that are kept and four pieces of mail that
 * are used up.
 */
export function assertEnded(file: string, sagas: number, local: boolean): void {
  const each = { ew_events: 12, ew_messages: local ? 0 : 6, ew_inbox: local ? 0 : 3, ew_mail: local ? 1 : 4 }
  const database = new DatabaseSync(file, { readOnly: true })
  const count = (what: string): number =>
    database.prepare(`select count(*) as count from ${what}`).get()!['count'] as number
  const differs = (what: string, expected: number): void => {
    const found = count(what)
    if (found !== expected) throw new Error(`${sagas} sagas have ended, and ${file} holds ${found} of ${what}.`)
  }
  try {
    differs(`ew_sagas where status = 'completed' and closed = 1 and version = 8`, sagas)
    for (const [table, rows] of Object.entries(each)) differs(table, rows * sagas)
    differs('ew_mail where body is not null', 0)
  } finally {
    database.close()
  }
}
