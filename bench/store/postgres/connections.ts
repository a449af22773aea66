import pg from 'pg'

/** A statement that is prepared once on each connection; its rows are arrays. */
export interface Named {
  readonly name: string
  readonly text: string
}

/** As many connections to a database as are asked for, all of them open. */
export async function connections(url: string, max: number): Promise<pg.Pool> {
  const pool = new pg.Pool({ connectionString: url, max, idleTimeoutMillis: 0 })
  const all = await Promise.all(Array.from({ length: max }, () => pool.connect()))
  for (const client of all) client.release()
  return pool
}

/** The rows of a prepared statement as arrays. */
export async function rowsOf(pool: pg.Pool, { name, text }: Named, values: unknown[]): Promise<unknown[][]> {
  return (await pool.query({ name, text, values, rowMode: 'array' })).rows
}
