import { Option, type Command } from 'commander'
import type { StreamStatus } from '../../ports/streams.ts'
import { inspect } from '../../runtime/inspect.ts'
import type { StreamReport } from '../../runtime/streams/report.ts'
import type { Run } from '../io.ts'
import { wholeNumber, withJson, withStore } from '../options.ts'
import { printJson, printTable, say } from '../print.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'

interface Options extends StoreChoice {
  readonly category?: string
  readonly status?: StreamStatus
  readonly after?: string
  readonly limit: number
}

const statuses: readonly StreamStatus[] = ['open', 'archived', 'deleted']

/** `streams list`: the streams by name, with their versions and what they take. */
export function streamsListCommand(parent: Command, run: Run, name = 'list'): void {
  const command = parent
    .command(name)
    .description('Lists the streams of a store.')
    .option('--category <name>', 'only streams of this category')
    .addOption(new Option('--status <status>', 'only those').choices(statuses))
    .option('--after <stream>', 'begin behind this stream')
    .option('--limit <number>', 'list so many at most', wholeNumber(1), 100)
  withJson(withStore(command)).action(({ category, status, after, limit, ...choice }: Options) =>
    withOpenStore(command, choice, run.io, async (store) => {
      const page = {
        limit,
        ...(category !== undefined && { category }),
        ...(status !== undefined && { status }),
        ...(after !== undefined && { after }),
      }
      const streams = await inspect(store).streams(page)
      if (run.json) return printJson(run.io, streams)
      await printTable(
        run.io,
        [
          { title: 'stream', text: ({ stream }) => stream },
          { title: 'version', right: true, text: ({ version }) => version },
          { title: 'status', text: shownStatus },
        ],
        streams,
        'no streams',
      )
      if (streams.length === limit) await say(run, `There may be more: --after ${streams.at(-1)!.stream}`)
    }),
  )
}

function shownStatus({ status, unfinished }: StreamReport): string {
  return unfinished === true ? 'deleted, and not all of it is gone: delete it again' : status
}
