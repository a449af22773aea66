import type { Command } from 'commander'
import type { Run } from '../io.ts'
import { wholeNumber, withJson, withStore } from '../options.ts'
import type { StoreChoice } from '../store-of.ts'
import { withOpenStore } from '../with-open-store.ts'
import { printEvent, rawEvents } from './event-line.ts'

interface Options extends StoreChoice {
  readonly after?: number
  readonly limit: number
}

/** `store read [stream]`: the events of a stream, or the log in position order. */
export function storeReadCommand(parent: Command, run: Run): void {
  const command = parent
    .command('read')
    .description('Prints the events of a stream, or of the whole store.')
    .argument('[stream]', 'the stream, for example Order-1; default: the log')
    .option('--after <number>', 'begin behind this version, or position of the log', wholeNumber(0))
    .option('--limit <number>', 'print so many events at most', wholeNumber(1), 100)
  withJson(withStore(command), true).action((stream: string | undefined, options: Options) =>
    withOpenStore(command, options, run.io, async (store) => {
      const source = rawEvents(store, run.io.stop)
      const after = options.after ?? 0
      let printed = 0
      for await (const event of stream === undefined
        ? source.log({ after })
        : source.stream(stream, { from: after + 1 })) {
        if (run.io.stop.aborted) return
        await printEvent(run, event)
        if (++printed === options.limit) return
      }
    }),
  )
}
