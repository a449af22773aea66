import type { Command } from 'commander'
import type { Run } from '../io.ts'
import { inspect } from '../../runtime/inspect.ts'
import { wholeNumber, withJson, withStore } from '../options.ts'
import { printJson, printTable, say } from '../print.ts'
import type { StoreChoice } from '../store-of.ts'
import { withOpenStore } from '../with-open-store.ts'

interface Options extends StoreChoice {
  readonly consumer?: string
  readonly limit: number
}

/** `parked list`: the keys whose events failed for good, with the reason. */
export function parkedListCommand(parent: Command, run: Run): void {
  const command = parent
    .command('list')
    .description('Lists parked keys with the reason.')
    .option('--consumer <name>', 'only those of this consumer')
    .option('--limit <number>', 'list so many at most', wholeNumber(1), 100)
  withJson(withStore(command)).action(({ consumer, limit, ...choice }: Options) =>
    withOpenStore(command, choice, run.io, async (store) => {
      const keys = await inspect(store).parked({ limit, ...(consumer !== undefined && { consumer }) })
      if (run.json) return printJson(run.io, keys)
      await printTable(
        run.io,
        [
          { title: 'consumer', text: (parked) => parked.consumer },
          { title: 'key', text: ({ key }) => key },
          { title: 'position', right: true, text: ({ position }) => position },
          { title: 'waiting', right: true, text: ({ waiting }) => waiting },
          { title: 'reason', text: ({ code, message }) => `${code}: ${message}`.slice(0, 300) },
        ],
        keys,
        'nothing is parked',
      )
      if (keys.length === limit) await say(run, `There may be more: --limit ${limit * 10}`)
    }),
  )
}
