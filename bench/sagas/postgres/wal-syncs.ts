import { setTimeout as sleep } from 'node:timers/promises'
import { connections } from '../../store/postgres/connections.ts'

const limitMs = 30_000

/** How often the server has synced its write-ahead log, once nobody is connected to the database any more but this. */
export async function walSyncs(url: string): Promise<number> {
  const pool = await connections(url, 1)
  try {
    // A connection tells its figures at the latest when it ends.
    const others =
      'select count(*)::int as count from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
    const end = performance.now() + limitMs
    while ((await pool.query(others)).rows[0].count > 0) {
      if (performance.now() > end)
        throw new Error('Somebody is still connected to the database of a variant that was closed.')
      await sleep(20)
    }
    const version = Number((await pool.query('show server_version_num')).rows[0].server_version_num)
    const figure =
      version < 180_000
        ? 'select wal_sync::float8 as count from pg_stat_wal'
        : `select sum(fsyncs)::float8 as count from pg_stat_io where object = 'wal'`
    return (await pool.query(figure)).rows[0].count
  } finally {
    await pool.end()
  }
}
