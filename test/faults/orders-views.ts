import { DatabaseSync } from 'node:sqlite'

/** Every row of every active view in a store file, without what may differ between runs: positions and generations. */
export function viewRows(file: string): Record<string, unknown[]> {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const active = database.prepare(`select view, generation from ew_views where state = 'active' order by view`).all()
    return Object.fromEntries(
      active.map(({ view, generation }) => {
        const table = `view_${String(view).replaceAll(/[^A-Za-z0-9_]/g, '_')}_${String(generation)}`
        const rows = database
          .prepare(`select * from "${table}"`)
          .all()
          .map(({ ew_applied: _, ...row }) => JSON.stringify(row))
        return [String(view), rows.sort()]
      }),
    )
  } finally {
    database.close()
  }
}
