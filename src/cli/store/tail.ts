import type { Command } from 'commander'
import type { Run } from '../io.ts'
import { wholeNumber, withJson, withStore, withSystemIfAny } from '../options.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'
import { isOf, isWanted, partitionOf, withEventFilter, type EventFilter } from './event-filter.ts'
import { eventsOf, printEvent } from './event-line.ts'

interface Options extends StoreChoice, EventFilter {
  readonly system?: string
  readonly after?: number
  readonly stream?: string
}

/** `store tail`: new events as they are committed, by whichever process, until the process is asked to end. */
export function storeTailCommand(parent: Command, run: Run): void {
  const command = parent
    .command('tail')
    .description('Prints new events as they come, until it is interrupted.')
    .option('--after <position>', 'begin behind this position (default: the newest event)', wholeNumber(0))
    .option('--stream <name>', 'only those of this stream, or of this category')
  withEventFilter(command)
  withJson(withStore(withSystemIfAny(command, 'data is then brought to its schemas of today')), true).action(
    (options: Options) =>
      withOpenStore(command, options, run.io, async (store) => {
        const { after, system, stream } = options
        const source = await eventsOf(store, system, run.io)
        const partition = partitionOf(options)
        for await (const event of source.tail({ partition, ...(after !== undefined && { after }) }))
          if (isWanted(options, event) && isOf(stream, event)) await printEvent(run, event)
      }),
  )
}
