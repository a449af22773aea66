import { spawn } from 'node:child_process'
import { closeSync, globSync, openSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { commandOf } from './command-of.ts'
import { isGone } from './gone.ts'

/** A process of a service. Its command line names a file of the service's home, by which it is known again. */
export interface Launch {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

const stopMs = 30_000
const killMs = 10_000

/** The process of this name that serves this home; a number that another process has by now is none. */
export function pidOf(home: string, name: string): number | undefined {
  const pid = Number(written(join(home, `${name}.pid`)))
  return Number.isSafeInteger(pid) && pid > 1 && commandOf(pid)?.includes(`${home}/`) ? pid : undefined
}

/** The names of the processes that serve this home. */
export function runningIn(home: string): readonly string[] {
  const names = globSync(join(home, '*.pid')).map((file) => basename(file, '.pid'))
  return names.filter((name) => pidOf(home, name) !== undefined).sort()
}

/** Starts a process that outlives this one. What it says goes to the end of the file `log`. */
export function launch(home: string, { name, command, args, env }: Launch, log: string): { failed(): boolean } {
  const file = openSync(log, 'a')
  // The process writes its number itself before it is the server, so that none runs whose number is unknown.
  const script = 'echo $$ > "$0" && exec "$@"'
  const child = spawn('/bin/sh', ['-c', script, join(home, `${name}.pid`), command, ...args], {
    cwd: home,
    env,
    detached: true,
    stdio: ['ignore', file, file],
  })
  closeSync(file)
  let failed = false
  child.on('error', () => (failed = true))
  child.on('exit', () => (failed = true))
  child.unref()
  return { failed: () => failed }
}

/** Ends these processes, all at once: those that do not go by themselves are killed. */
export async function end(home: string, names: readonly string[], limitMs: number = stopMs): Promise<void> {
  await signal(home, names, 'SIGTERM', limitMs)
  const left = await signal(home, names, 'SIGKILL', killMs)
  if (left.length > 0) throw new Error(`${left.join(', ')} in ${home} outlived SIGKILL for ${killMs / 1000} s.`)
}

/** Sends a signal to those that run and gives the names of those that run still after a time. */
export async function signal(
  home: string,
  names: readonly string[],
  sent: NodeJS.Signals,
  limitMs: number,
): Promise<readonly string[]> {
  const found = names.map((name) => ({ name, pid: pidOf(home, name) }))
  const left = (): { name: string; pid: number }[] =>
    found.flatMap(({ name, pid }) => (pid === undefined || isGone(pid) ? [] : [{ name, pid }]))
  for (const { pid } of left()) tryKill(pid, sent)
  const deadline = performance.now() + limitMs
  while (left().length > 0 && performance.now() < deadline) await sleep(20)
  return left().map(({ name }) => name)
}

function tryKill(pid: number, sent: NodeJS.Signals): void {
  try {
    process.kill(pid, sent)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function written(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
