import type { Command } from 'commander'
import type { Run } from '../io.ts'
import { withJson, withStore } from '../options.ts'
import { printJson, printLines, say } from '../print.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'
import { ordersOver, sayWhoActs, withChoice, withProgress, type ManyOptions } from './orders.ts'

interface Options extends StoreChoice, ManyOptions {
  readonly force?: boolean
}

/**
 * `dead-letters replay <consumer> [key]`: marks one key, or all of a consumer, for replay; the process that owns the
 * consumer does it. Errors: EW_PARKED when the key is not parked, EW_REPLAY_VAIN.
 */
export function deadLettersReplayCommand(parent: Command, run: Run): void {
  const command = parent
    .command('replay')
    .description('Marks dead letters for replay, with what waits behind them, by the system that runs.')
    .argument('<consumer>', 'the consumer as `dead-letters list` shows it')
    .argument('[key]', 'the key; default: every dead letter of the consumer')
    .option('--force', 'also those that were replayed in vain three times through what still runs')
  withChoice(withJson(withStore(command))).action(
    (consumer: string, key: string | undefined, { force = false, ...options }: Options) =>
      withOpenStore(command, options, run.io, async (store) => {
        const orders = ordersOver(store)
        const { marked, inVain } =
          key === undefined
            ? await withProgress(run, 'marking', consumer, options, (choice) => orders.replayAll({ ...choice, force }))
            : await orders.replay(consumer, key, { force }).then(() => ({ marked: 1, inVain: 0 }))
        await sayWhoActs(run, store, consumer)
        if (inVain > 0) await say(run, `${inVain} were replayed in vain three times and are left alone; see --force.`)
        if (run.json) return printJson(run.io, { marked, inVain })
        await printLines(run.io, `${marked} marked for replay`)
      }),
  )
}
