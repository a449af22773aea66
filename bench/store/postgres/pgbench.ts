import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Variant } from '../../variant.ts'
import { contents } from '../messages.ts'
import { rawEvent } from '../raw-event.ts'
import { makeTables } from '../tables.ts'
import { connections } from './connections.ts'

const program = join(process.env['PG_BIN'] ?? '', 'pgbench')

/** Why pgbench cannot run here; undefined when it can. */
export function pgbenchProblem(): string | undefined {
  const { error } = spawnSync(program, ['--version'])
  return error && `pgbench cannot be run (${error.message}); install it, or name the folder of it in PG_BIN`
}

/**
 * pgbench inserts the same row into the same table with the same indexes, one transaction each: no streams, no head, no
 * check of a version, positions from a sequence. It is a program in C and counts as a limit, not as an event store.
 */
export async function open(folder: string, options: { store: string; callers: number }): Promise<Variant> {
  await makeTables(options.store)
  const pool = await connections(options.store, 1)
  await pool.query('create sequence positions')
  const script = join(folder, 'insert.sql')
  writeFileSync(script, insert())
  let inserted = 0
  return {
    async measure(forMs) {
      const seconds = Math.max(1, Math.round(forMs / 1000))
      const flags = ['-n', '-M', 'prepared', '-c', `${options.callers}`, '-j', '2', '-T', `${seconds}`, '-f', script]
      const { stdout } = await promisify(execFile)(program, flags, { env: environmentFor(options.store) })
      inserted += found(stdout, /transactions actually processed: (\d+)/)
      return { value: found(stdout, /tps = ([\d.]+) \(without initial/) }
    },
    async close() {
      const { rows } = await pool.query('select count(*)::int as count from eventwright.ew_events')
      await pool.end()
      if (rows[0].count !== inserted)
        throw new Error(`pgbench counted ${inserted} rows, and ${rows[0].count} are there.`)
    },
  }
}

function insert(): string {
  const { checksum, text, meta } = rawEvent('Order/0', 'OrderPlaced', contents[0], Date.now())
  // Ids grow as ours do, so that both sides write to the end of that index.
  return `insert into eventwright.ew_events
    (position, version, occurred_at, recorded_at, checksum, id, schema_version, part, stream, type, data, meta)
    select p, 1, 1760000000000, 1760000000000, ${checksum},
      ('01980000-0000-7000-a000-' || lpad(to_hex(p), 12, '0'))::uuid,
      1, 0, 'Order/mb8x2k1c-' || p, 'OrderPlaced', '${text}', '${meta}'
    from nextval('positions') as p;`.replaceAll(/\s+/g, ' ')
}

/** The password stays out of the command line, which everybody may read. */
function environmentFor(url: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password, pathname } = new URL(url)
  return {
    ...process.env,
    PGHOST: hostname,
    PGPORT: port || '5432',
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
  }
}

function found(text: string, pattern: RegExp): number {
  const value = pattern.exec(text)?.[1]
  if (value === undefined) throw new Error(`pgbench has not said what was asked:\n${text}`)
  return Number(value)
}
