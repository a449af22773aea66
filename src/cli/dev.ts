import { spawn } from 'node:child_process'
import type { Command } from 'commander'
import type { Run } from './io.ts'
import { nameList, withJson, withStore, withSystem } from './options.ts'
import { runSystem, type SystemChoice } from './run-system.ts'
import { withViewsUrl } from './views-choice.ts'

interface Options extends SystemChoice {
  readonly watch: boolean
}

/**
 * `dev`: runs a system in development mode, where a view whose handlers changed is built anew, and starts it again
 * whenever one of its files changes. Each time the system is drained first.
 */
export function devCommand(parent: Command, run: Run): void {
  const command = parent
    .command('dev')
    .description('Runs a system in development mode and starts it again when its files change.')
    .option('--services <names>', 'run only these services (default: all)', nameList)
    .option('--no-watch', 'do not look for changes')
  withJson(withViewsUrl(withStore(withSystem(command))), true).action(async ({ watch, ...choice }: Options) => {
    if (watch) return watched(run)
    await runSystem(command, run, 'dev', choice)
  })
}

/** Node.js itself knows which files a process has loaded, so it does the watching, over this very command line. */
async function watched({ io }: Run): Promise<void> {
  const [script = '', ...args] = process.argv.slice(1)
  const flags = ['--watch', '--watch-preserve-output', ...process.execArgv]
  const child = spawn(process.execPath, [...flags, script, ...args, '--no-watch'], { stdio: 'inherit' })
  const end = (): void => void child.kill('SIGTERM')
  io.stop.addEventListener('abort', end, { once: true })
  await new Promise<void>((resolve, reject) => child.once('error', reject).once('exit', () => resolve()))
}
