import type { Command } from 'commander'
import type { Run } from '../io.ts'
import { wholeNumber, withJson, withStore } from '../options.ts'
import type { StoreChoice } from '../store-of.ts'
import { withOpenStore } from '../with-open-store.ts'
import { printEvent, rawEvents } from './event-line.ts'

/** `store tail`: new events as they are committed, by whichever process, until the process is asked to end. */
export function storeTailCommand(parent: Command, run: Run): void {
  const command = parent
    .command('tail')
    .description('Prints new events as they come, until it is interrupted.')
    .option('--after <position>', 'begin behind this position (default: the newest event)', wholeNumber(0))
  withJson(withStore(command), true).action((options: StoreChoice & { readonly after?: number }) =>
    withOpenStore(command, options, run.io, async (store) => {
      const { after } = options
      const source = rawEvents(store, run.io.stop)
      for await (const event of source.tail(after === undefined ? {} : { after })) await printEvent(run, event)
    }),
  )
}
