import type { Command } from 'commander'
import type { Run } from '../io.ts'
import { withJson, withStore } from '../options.ts'
import { printJson, printLines } from '../print.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'
import {
  orderOf,
  ordersOver,
  sayWhoActs,
  withChoice,
  withProgress,
  withReason,
  type ManyOptions,
  type OrderOptions,
} from './orders.ts'

interface Options extends StoreChoice, ManyOptions, OrderOptions {
  readonly all?: boolean
}

/**
 * `dead-letters discard <consumer> <key>`: drops a dead letter for good; what waits behind it goes on. Errors:
 * EW_PARKED, EW_REPLAYING.
 */
export function deadLettersDiscardCommand(parent: Command, run: Run): void {
  const command = parent
    .command('discard')
    .description('Drops a dead letter for good; what waits behind it goes on in order.')
    .argument('<consumer>', 'the consumer as `dead-letters list` shows it')
    .argument('[key]', 'the key')
    .option('--all', 'instead of a key: every dead letter of the consumer')
  withReason(withChoice(withJson(withStore(command)))).action(
    (consumer: string, key: string | undefined, options: Options) => {
      if ((key === undefined) !== (options.all === true))
        return command.error('error: name a key, or --all of the consumer', { code: 'eventwright.key' })
      return withOpenStore(command, options, run.io, async (store) => {
        const [orders, order] = [ordersOver(store), orderOf(run, options)]
        const discarded =
          key === undefined
            ? await withProgress(run, 'discarding', consumer, options, (choice) => orders.discardAll(choice, order))
            : await orders.discard(consumer, key, order).then(() => 1)
        await sayWhoActs(run, store, consumer)
        if (run.json) return printJson(run.io, { discarded })
        await printLines(run.io, `${discarded} discarded`)
      })
    },
  )
}
