import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { claimPorts } from './claimed-ports.ts'
import { keep, lockOf, newPassword, readKept, type Kept } from './kept.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { end, launch, pidOf, runningIn, type Launch } from './server-process.ts'
import type { Say, Service, Status } from './service.ts'

/** What differs from one server to the next. */
export interface ServerPlan {
  readonly name: string
  readonly variable: string
  /** How many ports in a row it takes. */
  readonly ports: number
  /** How long it may take to end before it is killed. */
  readonly stopMs?: number
  /** Whether it can be started without a download. */
  isHere(): boolean
  /**
   * Finds or fetches its programs, makes what they read in `kept.home`, and says what to start in which order. A
   * process whose name does not begin with that of the service serves the others and ends after them.
   */
  prepare(kept: Kept, say: Say): Promise<readonly Launch[]>
  /** Whether it works. */
  answers(kept: Kept): Promise<boolean>
  url(kept: Kept): string
}

const readyMs = 120_000

/** A private server that runs as whoever starts it: its own data, ports and password, reachable from here alone. */
export function serviceOf(plan: ServerPlan): Service {
  const { name, variable } = plan
  return {
    name,
    variable,
    isHere: () => plan.isHere(),
    start: (folder, say) => oneAtATime(lockOf(folder, name), () => start(plan, folder, say)),
    stop: (folder) => oneAtATime(lockOf(folder, name), () => stop(plan, folder)),
    status: (folder) => statusOf(plan, folder),
  }
}

async function start(plan: ServerPlan, folder: string, say: Say): Promise<string> {
  const { name } = plan
  let kept = readKept(folder, name) ?? keep(folder, name, await firstKept(plan, folder))
  mkdirSync(kept.home, { recursive: true, mode: 0o700 })
  const running = runningIn(kept.home)
  const port = running.length > 0 ? kept.port : await claimPorts(plan.ports, kept.home, kept.port)
  if (port !== kept.port) {
    say(`a port of ${kept.port} and the next is taken by another process: ${name} moves to ${port}`)
    kept = keep(folder, name, { ...kept, port })
  }
  const launches = await plan.prepare(kept, say)
  const absent = launches.filter((one) => !running.includes(one.name))
  if (absent.length === 0 && (await plan.answers(kept))) {
    say(`${name} runs already, pid ${mainPid(plan, kept)}`)
    return plan.url(kept)
  }
  const log = join(kept.home, 'server.log')
  const from = statSync(log, { throwIfNoEntry: false })?.size ?? 0
  const started = performance.now()
  const children = absent.map((one) => launch(kept.home, one, log))
  const failed = (): boolean =>
    children.some((child) => child.failed()) || running.some((one) => pidOf(kept.home, one) === undefined)
  await untilReady(plan, kept, failed).catch(async (error: Error) => {
    await stop(plan, folder)
    const said = readFileSync(log).subarray(from).toString().trim()
    throw new Error(`${error.message} Its log ${log} ends with:\n${said.split('\n').slice(-12).join('\n')}`)
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  say(`${name} runs on port ${kept.port} after ${seconds} s, pid ${mainPid(plan, kept)}, in ${kept.home}`)
  return plan.url(kept)
}

async function firstKept(plan: ServerPlan, folder: string): Promise<Kept> {
  const home = join(resolve(folder), plan.name)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  return { port: await claimPorts(plan.ports, home), password: newPassword(), home }
}

async function untilReady(plan: ServerPlan, kept: Kept, failed: () => boolean): Promise<void> {
  const deadline = performance.now() + readyMs
  while (!(await plan.answers(kept))) {
    if (failed()) throw new Error(`${plan.name} has ended at once.`)
    if (performance.now() > deadline) throw new Error(`${plan.name} does not answer after ${readyMs / 1000} s.`)
    await sleep(50)
  }
}

async function stop(plan: ServerPlan, folder: string): Promise<boolean> {
  const home = readKept(folder, plan.name)?.home
  const { stopMs } = plan
  const running = home === undefined ? [] : runningIn(home)
  if (home === undefined || running.length === 0) return false
  const [main, others] = [true, false].map((wanted) => running.filter((one) => isMain(plan, one) === wanted))
  await end(home, main ?? [], stopMs)
  await end(home, others ?? [], stopMs)
  return true
}

function statusOf(plan: ServerPlan, folder: string): Status {
  const kept = readKept(folder, plan.name)
  if (kept === undefined) return { pid: undefined, url: undefined, home: undefined }
  return { pid: mainPid(plan, kept), url: plan.url(kept), home: kept.home }
}

function mainPid(plan: ServerPlan, { home }: Kept): number | undefined {
  const main = runningIn(home).find((name) => isMain(plan, name))
  return main === undefined ? undefined : pidOf(home, main)
}

const isMain = (plan: ServerPlan, process: string): boolean => process.startsWith(plan.name)
