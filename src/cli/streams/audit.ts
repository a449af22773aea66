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

/** `streams audit [stream]`: who has archived, reopened and deleted streams, when and why; the newest first. */
export function streamsAuditCommand(parent: Command, run: Run): void {
  const command = parent
    .command('audit')
    .description('Shows who has archived, reopened and deleted streams, when and why.')
    .argument('[stream]', 'only what was done to this stream')
    .option('--before <number>', 'begin before this action', wholeNumber(1))
    .option('--limit <number>', 'list so many at most', wholeNumber(1), 100)
  withJson(withStore(command)).action((stream: string | undefined, { before, limit, ...choice }: Options) =>
    withOpenStore(command, choice, run.io, async (store) => {
      const page = { limit, ...(stream !== undefined && { stream }), ...(before !== undefined && { before }) }
      const actions = await inspect(store).streamActions(page)
      if (run.json) return printJson(run.io, actions)
      await printTable(
        run.io,
        [
          { title: 'no', right: true, text: ({ no }) => no },
          { title: 'at', text: ({ at }) => at },
          { title: 'stream', text: (action) => action.stream },
          { title: 'what', text: ({ what }) => (what === 'open' ? 'reopened' : what) },
          { title: 'by', text: ({ who }) => who },
          { title: 'why', text: ({ why }) => why },
        ],
        actions,
        'nothing was done to a stream',
      )
      if (actions.length === limit) await say(run, `There may be more: --before ${actions.at(-1)!.no}`)
    }),
  )
}
