import { globSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { claimPorts } from './claimed-ports.ts'
import { keep, lockOf, newPassword, readKept, type Kept } from './kept.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { reachableFolder, serverOwner, type Owner } from './owner.ts'
import { findBinaries, findOrFetch } from './postgres-binaries.ts'
import { answers, initialise, launch, pidOf, shutDown } from './postgres-cluster.ts'
import type { Say, Service, Status } from './service.ts'

const name = 'postgres'
const readyMs = 60_000

/** A private PostgreSQL: its own data, port and password, reachable from this machine alone, and durable. */
export const postgresService: Service = {
  name,
  variable: 'EVENTWRIGHT_POSTGRES_URL',
  isHere: () => findBinaries('/nowhere') !== undefined,
  start: (folder, say) => oneAtATime(lockOf(folder, name), () => start(folder, say)),
  stop: (folder) =>
    oneAtATime(lockOf(folder, name), async () => {
      const data = runningData(readKept(folder, name))
      return data !== undefined && shutDown(data)
    }),
  status: statusOf,
}

function statusOf(folder: string): Status {
  const kept = readKept(folder, name)
  const data = runningData(kept)
  return {
    pid: data === undefined ? undefined : pidOf(data),
    url: kept === undefined ? undefined : urlOf(kept),
    home: kept?.home,
  }
}

async function start(folder: string, say: Say): Promise<string> {
  const owner = serverOwner('postgres')
  let kept = readKept(folder, name) ?? keep(folder, name, await firstKept(folder, owner))
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
  const port = running === undefined ? await claimPorts(1, kept.home, kept.port) : kept.port
  if (port !== kept.port) {
    say(`port ${kept.port} is taken by another process: postgres moves to ${port}`)
    kept = keep(folder, name, { ...kept, port })
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
  const home = reachableFolder(join(folder, name), owner)
  return { port: await claimPorts(1, home), password: newPassword(), home }
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
