import { execFileSync, spawn } from 'node:child_process'
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { commandOf } from './command-of.ts'
import type { Owner } from './owner.ts'
import { serverEnv, type Binaries } from './postgres-binaries.ts'

/** One private PostgreSQL: its programs, its data, and whom it runs as. */
export interface Cluster {
  readonly binaries: Binaries
  readonly data: string
  readonly owner: Owner | undefined
}

const initMs = 120_000
const stopMs = 60_000

/** Makes the data, for the user `postgres` with this password; leaves those that are there. */
export function initialise({ binaries, data, owner }: Cluster, password: string): void {
  if (existsSync(join(data, 'PG_VERSION'))) return
  const parent = join(data, '..')
  const work = mkdtempSync(join(parent, 'init-'))
  try {
    const [file, fresh] = [join(work, 'password'), join(work, 'data')]
    writeFileSync(file, password, { mode: 0o600 })
    mkdirSync(fresh, { mode: 0o700 })
    if (owner !== undefined) for (const path of [work, file, fresh]) chownSync(path, owner.uid, owner.gid)
    const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C'
    const flags = ['-U', 'postgres', '-E', 'UTF8', `--locale=${locale}`, '-A', 'scram-sha-256', '--data-checksums']
    execFileSync(join(binaries.bin, 'initdb'), ['-D', fresh, ...flags, `--pwfile=${file}`], {
      ...owner,
      cwd: '/',
      env: serverEnv(binaries),
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: initMs,
    })
    // The rename is the last step, so that data whose making was broken off are never taken for whole.
    renameSync(fresh, data)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Starts the server, which outlives this process. What it says goes to the end of the file `log`. */
export function launch({ binaries, data, owner }: Cluster, port: number, log: string): { failed(): boolean } {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    // A path of a socket may have 107 bytes, and every client can come by the port.
    unix_socket_directories: '',
    wal_level: 'logical',
    max_wal_senders: 10,
    max_replication_slots: 10,
    max_connections: 200,
    shared_buffers: '128MB',
    fsync: 'on',
    synchronous_commit: 'on',
  }
  const file = openSync(log, 'a')
  const child = spawn(
    join(binaries.bin, 'postgres'),
    ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...owner, cwd: '/', env: serverEnv(binaries), detached: true, stdio: ['ignore', file, file] },
  )
  closeSync(file)
  let failed = false
  child.on('error', () => (failed = true))
  child.on('exit', () => (failed = true))
  child.unref()
  return { failed: () => failed }
}

/** The process that serves these data; a number that was left behind and belongs to another process by now is none. */
export function pidOf(data: string): number | undefined {
  const pid = Number(written(join(data, 'postmaster.pid')).split('\n')[0])
  return Number.isSafeInteger(pid) && pid > 1 && commandOf(pid)?.includes(`-D ${data}`) ? pid : undefined
}

/** What stands in a file that a server may delete at any moment; nothing when there is none. */
function written(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** Whether the server of these data answers at this address, and no other server. */
export async function answers(url: string, data: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    return rows[0]?.data_directory === data
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Ends the server: its clients are cut off, its data are written. False when it did not run. */
export async function shutDown(data: string): Promise<boolean> {
  const pid = pidOf(data)
  if (pid === undefined) return false
  process.kill(pid, 'SIGINT')
  const deadline = performance.now() + stopMs
  while (pidOf(data) === pid) {
    if (performance.now() > deadline) throw new Error(`PostgreSQL (pid ${pid}) has not ended in ${stopMs / 1000} s.`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return true
}
