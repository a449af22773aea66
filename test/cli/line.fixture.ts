import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { systemClock } from '../../src/base/clock.ts'
import { runCommandLine } from '../../src/cli/command-line.ts'
import type { Io } from '../../src/cli/io.ts'
import { folderFor } from '../fixtures/folder.ts'
import { patience, patienceMs } from '../fixtures/patience.ts'
import { PlaceOrder, shop } from '../runtime/orders.fixture.ts'

/** The module of the shop that the tests run. */
export const shopModule: string = fileURLToPath(new URL('../runtime/orders.fixture.ts', import.meta.url))

/** What a command answered. */
export interface Answer {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command in a folder. */
export async function line(folder: string, ...argv: string[]): Promise<Answer> {
  return lineWith({ folder }, ...argv)
}

/** Runs a command with some of its surroundings chosen. */
export async function lineWith(
  { terminal = false, ...given }: Partial<Io> & { readonly folder: string; readonly terminal?: boolean },
  ...argv: string[]
): Promise<Answer> {
  let [out, err] = ['', '']
  const output = (take: (text: string) => void): Io['stdout'] => ({
    isTerminal: terminal,
    columns: 100,
    write: async (text) => take(text),
  })
  const code = await runCommandLine(argv, {
    stdout: output((text) => void (out += text)),
    stderr: output((text) => void (err += text)),
    env: {},
    clock: systemClock,
    stop: new AbortController().signal,
    ...given,
  })
  return { code, out, err }
}

/** A folder with `shop.db`, in which two orders were placed and shipped. */
export async function shopFolder(t: TestContext): Promise<string> {
  const folder = folderFor(t)
  const running = await start(shop, { store: sqlite(join(folder, 'shop.db')) })
  for (const orderId of ['a', 'b'])
    await running.execute(PlaceOrder({ orderId, customer: 'Ann', total: '1.50' as never }))
  await running.caughtUp(patience)
  await running.stop()
  return folder
}

/** The command line as a process of its own. */
export interface CommandProcess {
  readonly pid: number
  /** What it has said so far. */
  said(): { readonly out: string; readonly err: string }
  /** Waits until what it has said on either side matches; fails when it ends before, or does not say it. */
  until(pattern: RegExp): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** Goes away from its output, as `head` does. */
  closeOutput(): void
  readonly ended: Promise<number | null>
}

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** Starts the command line in a folder; it is ended with the test at the latest. */
export function commandProcess(t: TestContext, folder: string, ...argv: string[]): CommandProcess {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const flags = ['--conditions=eventwright-source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, main, ...argv], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  const listeners = new Set<() => void>()
  const heard = (): void => listeners.forEach((listen) => listen())
  for (const [name, stream] of [
    ['out', child.stdout],
    ['err', child.stderr],
  ] as const) {
    stream.on('data', (chunk: Buffer) => {
      said[name] += chunk.toString()
      heard()
    })
  }
  let over = false
  const ended = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject))
  void ended.then(() => {
    over = true
    heard()
  })
  t.after(() => void child.kill('SIGKILL'))
  return {
    pid: child.pid!,
    said: () => ({ ...said }),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const settle = (done: () => void): void => {
          listeners.delete(check)
          clearTimeout(timer)
          done()
        }
        const give = (why: string): void => settle(() => reject(new Error(`${why}: ${said.out}${said.err}`)))
        const check = (): void => {
          if (pattern.test(said.out) || pattern.test(said.err)) settle(resolve)
          else if (over) give(`it ended before ${pattern}`)
        }
        const timer = setTimeout(() => give(`no ${pattern} within ${patienceMs} ms`), patienceMs)
        listeners.add(check)
        check()
      }),
    kill: (signal) => void child.kill(signal),
    closeOutput: () => void child.stdout.destroy(),
    ended,
  }
}
