import type { Command } from 'commander'
import { signal } from '../../base/signal.ts'
import type { Run } from '../io.ts'
import { operate } from '../../runtime/operate.ts'
import { withJson, withStore } from '../options.ts'
import { inspect } from '../../runtime/inspect.ts'
import { suggestion } from '../nearest.ts'
import { printJson, printLines, say } from '../print.ts'
import type { StoreChoice } from '../store-of.ts'
import { withOpenStore } from '../with-open-store.ts'

/**
 * `parked resume <consumer> [key]`: marks one key, or all of a consumer, for replay; the process that owns the consumer
 * does it. Error: EW_PARKED when the key is not parked.
 */
export function parkedResumeCommand(parent: Command, run: Run): void {
  const command = parent
    .command('resume')
    .description('Marks parked keys for replay by the system that runs.')
    .argument('<consumer>', 'the consumer as `parked list` shows it')
    .argument('[key]', 'the key; default: every parked key of the consumer')
  withJson(withStore(command)).action((consumer: string, key: string | undefined, choice: StoreChoice) =>
    withOpenStore(command, choice, run.io, async (store) => {
      const operator = operate([store.parked], new Map(), signal())
      const resumed =
        key === undefined ? await operator.resumeAll(consumer) : await operator.resume(consumer, key).then(() => 1)
      const consumers = await inspect(store).consumers()
      const known = consumers.find(({ name }) => name === consumer)
      const hint = suggestion(
        consumer,
        consumers.map(({ name }) => name),
      )
      if (known === undefined) await say(run, `The store has no consumer "${consumer}". ${hint}`)
      else if (known.owners.length === 0) await say(run, 'No process runs this consumer now; one that starts replays.')
      await (run.json ? printJson(run.io, { resumed }) : printLines(run.io, `${resumed} marked for replay`))
    }),
  )
}
