import type { Command } from 'commander'
import type { ReplayedMany } from '../../runtime/parking/dead-letters.ts'
import type { Run } from '../io.ts'
import { noted, withReasonIfAny } from '../noted-order.ts'
import { withJson, withStore, withSystemIfAny } from '../options.ts'
import { printJson, printLines, say } from '../print.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'
import { ordersOver, sayWhoActs, withChoice, withProgress, type ManyOptions } from './orders.ts'
import { plannedReplay } from './replay-plan.ts'

interface Options extends StoreChoice, ManyOptions {
  readonly reason?: string
  readonly who?: string
  readonly force?: boolean
  readonly dryRun?: boolean
  readonly system?: string
}

/**
 * `dead-letters replay <consumer> [key]`: marks one key, or all of a consumer, for replay; the process that owns the
 * consumer does it. With `--dry-run` it tells what would be replayed, and marks nothing; exit code 1 where there is
 * nothing to replay or the release of the system cannot read it. Errors: EW_PARKED when the key is not parked,
 * EW_REPLAY_VAIN.
 */
export function deadLettersReplayCommand(parent: Command, run: Run): void {
  const command = parent
    .command('replay')
    .description('Marks dead letters for replay, with what waits behind them, by the system that runs.')
    .argument('<consumer>', 'the consumer as `dead-letters list` shows it')
    .argument('[key]', 'the key; default: every dead letter of the consumer')
    .option('--force', 'also those that were replayed in vain three times through what still runs')
    .option('--dry-run', 'only say what would be replayed, by whose handler, and what waits behind it')
  withSystemIfAny(command, 'a dry run says which messages it cannot read')
  withReasonIfAny(withChoice(withJson(withStore(command))), 'who').action(
    (consumer: string, key: string | undefined, { force = false, dryRun, system, ...options }: Options) => {
      if (dryRun) return plannedReplay(command, run, system, options, { ...options, consumer, key, force })
      return withOpenStore(command, options, run.io, async (store) => {
        const orders = ordersOver(store)
        const replay = async (): Promise<ReplayedMany> => {
          if (key === undefined)
            return withProgress(run, 'marking', consumer, options, (choice) => orders.replayAll({ ...choice, force }))
          await orders.replay(consumer, key, { force })
          return { marked: 1, inVain: 0 }
        }
        const asked =
          key === undefined
            ? { what: 'replay dead letters', of: consumer, asked: { force } }
            : { what: 'replay dead letter', of: `${consumer} ${key}`, asked: { force } }
        const why = { reason: options.reason, by: options.who }
        const { marked, inVain } = await noted({ command, choice: options, run }, asked, why, replay, told)
        await sayWhoActs(run, store, consumer)
        if (inVain > 0) await say(run, `${inVain} were replayed in vain three times and are left alone; see --force.`)
        if (run.json) return printJson(run.io, { marked, inVain })
        await printLines(run.io, `${marked} marked for replay`)
      })
    },
  )
}

function told({ marked, inVain }: ReplayedMany): string {
  const left = inVain === 0 ? '' : `; ${inVain} were left, replayed in vain too often`
  return `${marked} are replayed by the process that runs the consumer${left}.`
}
