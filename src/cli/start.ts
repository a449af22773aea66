import type { Command } from 'commander'
import { memory } from '../adapters/memory/store.ts'
import { timestampOf } from '../base/clock.ts'
import { jsonLog } from '../base/log.ts'
import { starter } from '../runtime/start.ts'
import type { Run } from './io.ts'
import { nameList, withStore, withSystem } from './options.ts'
import { say } from './print.ts'
import { storeOf, type StoreChoice } from './store-of.ts'
import { systemOf } from './system-of.ts'

interface Options extends StoreChoice {
  readonly system: string
  readonly services?: readonly string[]
}

/** `start`: runs a system in production mode, until the process is asked to end. */
export function startCommand(parent: Command, run: Run): void {
  const command = parent
    .command('start')
    .description('Runs a system until it is interrupted.')
    .option('--services <names>', 'run only these services (default: all)', nameList)
  withStore(withSystem(command)).action(async ({ system: file, services, ...choice }: Options) => {
    const { io } = run
    const store = await storeOf(command, choice, io)
    const system = await systemOf(file, io)
    const log = jsonLog(
      (line) => void io.stderr.write(line),
      () => timestampOf(io.clock.now()),
    )
    const running = await starter(memory)(system, {
      store,
      log,
      mode: 'production',
      clock: io.clock,
      ...(services && { services }),
    })
    try {
      await say(run, `${system.name} runs; interrupt it to stop.`)
      if (!io.stop.aborted) await new Promise((done) => io.stop.addEventListener('abort', done, { once: true }))
    } finally {
      await running.stop()
    }
  })
}
