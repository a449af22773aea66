import type { Command } from 'commander'
import { inspect } from '../../runtime/inspect.ts'
import type { Run } from '../io.ts'
import { wholeNumber, withJson, withStore } from '../options.ts'
import { printJson, printTable, say } from '../print.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'

interface Options extends StoreChoice {
  readonly before?: number
  readonly limit: number
}

/** `actions list`: what operators have ordered and done, over the console and from here; the newest first. */
export function actionsListCommand(parent: Command, run: Run): void {
  const command = parent
    .command('list')
    .description('Lists what operators have ordered and done, when, why and how it ended.')
    .option('--before <number>', 'begin before this action', wholeNumber(1))
    .option('--limit <number>', 'list so many at most', wholeNumber(1), 100)
  withJson(withStore(command)).action(({ before, limit, ...choice }: Options) =>
    withOpenStore(command, choice, run.io, async (store) => {
      const actions = await inspect(store).actions({ limit, ...(before !== undefined && { before }) })
      if (run.json) return printJson(run.io, actions)
      await printTable(
        run.io,
        [
          { title: 'no', right: true, text: ({ no }) => no },
          { title: 'at', text: ({ at }) => at },
          { title: 'what', text: ({ what }) => what },
          { title: 'of', text: ({ of }) => of },
          { title: 'by', text: ({ who }) => who },
          { title: 'why', text: ({ why }) => why },
          { title: 'ended', text: ({ outcome = '', failed }) => (failed ? `failed: ${outcome}` : outcome) },
        ],
        actions,
        'nothing was ordered',
      )
      if (actions.length === limit) await say(run, `There may be more: --before ${actions.at(-1)!.no}`)
    }),
  )
}
