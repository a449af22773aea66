import { spawnSync } from 'node:child_process'
import { fdatasyncSync, closeSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { postgresServer, type PostgresServer } from './store/postgres/server.ts'
import { median } from './suite.ts'

/** What the figures depend on. */
export interface Environment {
  readonly at: string
  readonly system: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly node: string
  readonly sqlite: string
  /** The server of `EVENTWRIGHT_POSTGRES_URL`. */
  readonly postgres: PostgresServer | null
  /** The file system of the measured folder. */
  readonly disk: string
  readonly commit: string
  /** What one 4 KiB write with fdatasync costs, in microseconds: median before and after the suite. */
  readonly fdatasyncBeforeUs: number
  readonly fdatasyncAfterUs: number
}

/** Below this an fsync is nearly free, so that gains from batching commits cannot show. */
export const cheapFsyncUs = 100

/** Everything but the cost after the suite. */
export async function environmentOf(folder: string): Promise<Omit<Environment, 'fdatasyncAfterUs'>> {
  const [cpu] = cpus()
  return {
    at: new Date().toISOString(),
    system: `${type()} ${release()}`,
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    sqlite: sqliteVersion(),
    postgres: await postgresServer(),
    disk: fileSystemOf(folder),
    commit: commitOf(),
    fdatasyncBeforeUs: fdatasyncUs(folder),
  }
}

/** The median cost of a 4 KiB write at the end of a file with fdatasync, in microseconds. */
export function fdatasyncUs(folder: string, repetitions = 200): number {
  const path = join(folder, 'fdatasync')
  const file = openSync(path, 'w')
  const page = Buffer.alloc(4096, 7)
  const costs: number[] = []
  for (let index = 0; index < repetitions; index++) {
    const begun = performance.now()
    writeSync(file, page)
    fdatasyncSync(file)
    costs.push((performance.now() - begun) * 1000)
  }
  closeSync(file)
  rmSync(path)
  return Math.round(median(costs))
}

function sqliteVersion(): string {
  const database = new DatabaseSync(':memory:')
  try {
    return String(database.prepare('select sqlite_version() as version').get()?.['version'])
  } finally {
    database.close()
  }
}

/** The type by the mount table where there is one, otherwise by its number. */
function fileSystemOf(folder: string): string {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
    const within = mounts.filter(
      ([, point = '']) => folder === point || folder.startsWith(point.endsWith('/') ? point : `${point}/`),
    )
    const [device, , kind] = within.toSorted((a, b) => b[1]!.length - a[1]!.length)[0] ?? []
    if (kind !== undefined) return `${kind} on ${device}`
  } catch {
    // Only Linux has the table.
  }
  return `file system 0x${statfsSync(folder).type.toString(16)}`
}

function commitOf(): string {
  const { stdout } = spawnSync('git', ['describe', '--always', '--dirty'], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  })
  return stdout?.trim() || 'unknown'
}
