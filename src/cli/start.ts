import type { Command } from 'commander'
import type { Run } from './io.ts'
import { nameList, withJson, withStore, withSystem } from './options.ts'
import { runSystem, type SystemChoice } from './run-system.ts'
import { withViewsUrl } from './views-choice.ts'

/** `start`: runs a system in production mode, until the process is asked to end. */
export function startCommand(parent: Command, run: Run): void {
  const command = parent
    .command('start')
    .description('Runs a system until it is interrupted; refuses a released event that was changed.')
    .option('--services <names>', 'run only these services (default: all)', nameList)
  withJson(withViewsUrl(withStore(withSystem(command))), true).action((choice: SystemChoice) =>
    runSystem(command, run, 'production', choice),
  )
}
