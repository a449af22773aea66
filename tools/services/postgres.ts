import { randomBytes } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { oneAtATime } from './one-at-a-time.ts'
import { reachableFolder, serverOwner, type Owner } from './owner.ts'
import { findOrFetch } from './postgres-binaries.ts'
import { answers, initialise, launch, pidOf, shutDown } from './postgres-cluster.ts'
import type { Say, Service, Status } from './service.ts'

/** What stays from one start to the next. */
interface Kept {
  readonly port: number
  readonly password: string
  /** Where data, log and fetched programs lie; elsewhere than the record when the server's user cannot reach that. */
  readonly home: string
}

const readyMs = 60_000

/** A private PostgreSQL: its own data, port and password, reachable from this machine alone, and durable. */
export const postgresService: Service = {
  name: 'postgres',
  variable: 'EVENTWRIGHT_POSTGRES_URL',
  start: (folder, say) => oneAtATime(lockOf(folder), () => start(folder, say)),
  stop: (folder) =>
    oneAtATime(lockOf(folder), async () => {
      const data = runningData(readKept(folder))
      return data !== undefined && shutDown(data)
    }),
  status: statusOf,
}

function statusOf(folder: string): Status {
  const kept = readKept(folder)
  const data = runningData(kept)
  return {
    pid: data === undefined ? undefined : pidOf(data),
    url: kept === undefined ? undefined : urlOf(kept),
    home: kept?.home,
  }
}

async function start(folder: string, say: Say): Promise<string> {
  const owner = serverOwner('postgres')
  let kept = readKept(folder) ?? keep(folder, await firstKept(folder, owner))
  const running = runningData(kept)
  if (running !== undefined && (await answers(urlOf(kept), running))) {
    say(`postgres runs already, pid ${pidOf(running)}`)
    return urlOf(kept)
  }
  mkdirSync(kept.home, { recursive: true })
  const binaries = findOrFetch(join(kept.home, 'packages'), say)
  // Data of one major version cannot be read by another.
  const cluster = { binaries, owner, data: join(kept.home, `data-${binaries.major}`) }
  initialise(cluster, kept.password)
  if (running === undefined && !(await isFree(kept.port))) {
    const port = await freePort()
    say(`port ${kept.port} is taken by another process: postgres moves to ${port}`)
    kept = keep(folder, { ...kept, port })
  }
  const log = join(kept.home, 'server.log')
  const from = statSync(log, { throwIfNoEntry: false })?.size ?? 0
  const server = running === undefined ? launch(cluster, kept.port, log) : undefined
  await untilReady(urlOf(kept), running ?? cluster.data, () => server?.failed() === true).catch((error: Error) => {
    const said = readFileSync(log).subarray(from).toString().trim()
    throw new Error(`${error.message} Its log ${log} ends with:\n${said.split('\n').slice(-12).join('\n')}`)
  })
  say(`postgres ${binaries.major} runs on port ${kept.port}, pid ${pidOf(cluster.data)}, in ${kept.home}`)
  return urlOf(kept)
}

async function firstKept(folder: string, owner: Owner | undefined): Promise<Kept> {
  const home = reachableFolder(join(folder, 'postgres'), owner)
  return { port: await freePort(), password: randomBytes(18).toString('base64url'), home }
}

async function untilReady(url: string, data: string, failed: () => boolean): Promise<void> {
  const deadline = performance.now() + readyMs
  while (!(await answers(url, data))) {
    if (failed()) throw new Error('PostgreSQL has ended at once.')
    if (performance.now() > deadline) throw new Error(`PostgreSQL does not answer after ${readyMs / 1000} s.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function urlOf({ port, password }: Kept): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
}

function runningData(kept: Kept | undefined): string | undefined {
  if (kept === undefined) return undefined
  return globSync(join(kept.home, 'data-*')).find((data) => pidOf(data) !== undefined)
}

const recordOf = (folder: string): string => join(resolve(folder), 'postgres.json')
const lockOf = (folder: string): string => join(resolve(folder), 'postgres.lock')

function readKept(folder: string): Kept | undefined {
  const record = recordOf(folder)
  return existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as Kept) : undefined
}

function keep(folder: string, kept: Kept): Kept {
  const temporary = `${recordOf(folder)}.new`
  writeFileSync(temporary, JSON.stringify(kept), { mode: 0o600 })
  renameSync(temporary, recordOf(folder))
  return kept
}

function freePort(): Promise<number> {
  return listenOn(0).then((port) => port!)
}

async function isFree(port: number): Promise<boolean> {
  return (await listenOn(port)) !== undefined
}

function listenOn(port: number): Promise<number | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.on('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const { port: given } = server.address() as AddressInfo
      server.close(() => resolve(given))
    })
  })
}
