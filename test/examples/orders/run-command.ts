import { spawn, type ChildProcess } from 'node:child_process'
import { after } from 'node:test'
import { partiesOf, settingsFor, type StorePlace } from '../../../examples/orders/store-place.ts'
import { patienceMs } from '../../fixtures/patience.ts'
import { usesStore } from './store-folder.ts'

/** A command of the example that runs, with all that it says. */
export interface Command {
  readonly child: ChildProcess
  readonly said: { out: string; error: string }
  readonly ended: Promise<number | NodeJS.Signals>
  /** Resolves with the first match in what it says. Rejects when it ends without it, or after twenty seconds. */
  says(pattern: RegExp): Promise<RegExpExecArray>
}

/** Runs `start.ts` or `import.ts` on a store; it is killed after the tests of the file. */
export function run(
  file: 'start.ts' | 'import.ts' | 'processes.ts' | 'apart.ts',
  store: StorePlace,
  ...args: readonly string[]
): Command {
  return runAt('0', file, store, ...args)
}

/** The same with the port at which `start.ts` is to listen. */
export function runAt(
  port: string,
  file: 'start.ts' | 'import.ts' | 'processes.ts' | 'apart.ts',
  store: StorePlace,
  ...args: readonly string[]
): Command {
  const flags = process.execArgv.filter((flag) => !flag.startsWith('--test'))
  const child = spawn(process.execPath, [...flags, `examples/orders/${file}`, ...args], {
    env: { ...process.env, ...settingsFor(store), PORT: port, HOST: '', NODE_TEST_CONTEXT: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', error: '' }
  child.stdout.on('data', (chunk: Buffer) => void (said.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => void (said.error += chunk.toString()))
  const ended = new Promise<number | NodeJS.Signals>((resolve) =>
    child.on('close', (code, signal) => resolve(signal ?? code ?? -1)),
  )
  const end = (): Promise<unknown> => (child.kill('SIGKILL'), ended)
  after(end)
  usesStore(partiesOf(store), end)
  const says = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(said.out) ?? pattern.exec(said.error)
        if (match !== null) resolve(match)
      }
      const failed = (): void => reject(new Error(`${file} did not say ${pattern}: ${said.out}${said.error}`))
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      child.on('close', failed)
      setTimeout(failed, patienceMs).unref()
      look()
    })
  return { child, said, ended, says }
}
