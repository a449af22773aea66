import type { Command } from 'commander'
import { canonicalJson } from '../../base/json.ts'
import { inspect } from '../../runtime/inspect.ts'
import type { Run } from '../io.ts'
import { wholeNumber, withJson, withStore } from '../options.ts'
import { printJson, printTable, say } from '../print.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'

interface Options extends StoreChoice {
  readonly service?: string
  readonly limit: number
}

/** `timers list`: commands that were scheduled and wait for their time. */
export function timersListCommand(parent: Command, run: Run): void {
  const command = parent
    .command('list')
    .description('Lists commands that wait for their time, the earliest of each service first.')
    .option('--service <name>', 'only those of this service')
    .option('--limit <number>', 'list so many at most', wholeNumber(1), 100)
  withJson(withStore(command)).action(({ service, limit, ...choice }: Options) =>
    withOpenStore(command, choice, run.io, async (store) => {
      const timers = await inspect(store).timers({ limit, ...(service !== undefined && { service }) })
      if (run.json) return printJson(run.io, timers)
      await printTable(
        run.io,
        [
          { title: 'service', text: (timer) => timer.service },
          { title: 'due', text: ({ dueAt }) => dueAt },
          { title: 'key', text: ({ key }) => key },
          { title: 'command', text: (timer) => timer.command },
          { title: 'data', text: ({ data }) => canonicalJson(data).slice(0, 300) },
        ],
        timers,
        'no timer is set',
      )
      if (timers.length === limit) await say(run, `There may be more: --limit ${limit * 10}`)
    }),
  )
}
