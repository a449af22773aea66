import type { Command } from 'commander'
import type { Run } from '../io.ts'
import { inspect } from '../../runtime/inspect.ts'
import { wholeNumber, withJson, withStore } from '../options.ts'
import { printJson, printTable, say } from '../print.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'

interface Options extends StoreChoice {
  readonly category?: string
  readonly after?: string
  readonly limit: number
}

/** `store streams`: the streams by name, with their versions. */
export function storeStreamsCommand(parent: Command, run: Run): void {
  const command = parent
    .command('streams')
    .description('Lists the streams of a store.')
    .option('--category <name>', 'only streams of this category')
    .option('--after <stream>', 'begin behind this stream')
    .option('--limit <number>', 'list so many at most', wholeNumber(1), 100)
  withJson(withStore(command)).action(({ category, after, limit, ...choice }: Options) =>
    withOpenStore(command, choice, run.io, async (store) => {
      const page = { limit, ...(category !== undefined && { category }), ...(after !== undefined && { after }) }
      const streams = await inspect(store).streams(page)
      if (run.json) return printJson(run.io, streams)
      await printTable(
        run.io,
        [
          { title: 'stream', text: ({ stream }) => stream },
          { title: 'version', right: true, text: ({ version }) => version },
        ],
        streams,
        'no streams',
      )
      if (streams.length === limit) await say(run, `There may be more: --after ${streams.at(-1)!.stream}`)
    }),
  )
}
