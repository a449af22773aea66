import type { Command } from 'commander'
import { isEventwrightError } from '../../base/errors.ts'
import type { Store } from '../../ports/store.ts'
import { commitQueue } from '../../runtime/commits/queue.ts'
import {
  consumerOrders,
  unknownConsumer,
  type ForgetOrder,
  type ForgottenConsumer,
} from '../../runtime/forgetting/forget-consumer.ts'
import { operatorStream } from '../../runtime/forgetting/operator-event.ts'
import { storedConsumers } from '../../runtime/forgetting/stored-consumers.ts'
import type { Run } from '../io.ts'
import { suggestion } from '../nearest.ts'
import { withJson, withStore, withSystemIfAny } from '../options.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import type { StoreChoice } from '../store-choice.ts'
import { systemOf } from '../system-of.ts'
import { withOpenStore } from '../with-open-store.ts'

interface Options extends StoreChoice {
  readonly system?: string
  readonly reason: string
  readonly by?: string
  readonly withDeadLetters?: true
  readonly withRows?: true
}

/** `consumers forget <consumer>`: deletes what a store has of a consumer that no design has any more. Errors: as `forget`. */
export function consumersForgetCommand(parent: Command, run: Run): void {
  const command = parent
    .command('forget')
    .description('Deletes what the store has of a consumer that no design has any more.')
    .argument('<consumer>', 'the consumer as `consumers list` shows it')
    .requiredOption('--reason <text>', 'why; it is kept')
    .option('--by <name>', 'who does it (default: $USER)')
    .option('--with-dead-letters', 'also its dead letters and what waits behind them')
    .option('--with-rows', 'also the rows of the view that it fed')
  withJson(withStore(withSystemIfAny(command, 'a consumer that it has a part for is refused'))).action(
    async (consumer: string, { system, reason, by, withDeadLetters, withRows, ...choice }: Options) => {
      const graph = system === undefined ? undefined : (await systemOf(system, run.io)).graph
      const order = {
        who: by ?? run.io.env['USER'] ?? 'operator',
        why: reason,
        withDeadLetters: withDeadLetters === true,
        withRows: withRows === true,
      }
      await withOpenStore(command, choice, run.io, async (store) => {
        const queue = commitQueue(store, run.io.clock)
        const { commit } = queue
        const orders = consumerOrders({ store, graph, clock: run.io.clock, commit })
        const forgotten = await orders
          .forget(consumer, order)
          .catch((error: unknown) => suggested(store, consumer, error))
          .finally(() => queue.close())
        if (run.json) return printJson(run.io, forgotten)
        await printLines(run.io, printable(line(forgotten, order)), `noted in the stream ${operatorStream}`)
      })
    },
  )
}

async function suggested(store: Store, consumer: string, error: unknown): Promise<never> {
  if (!isEventwrightError(error, 'EW_CONSUMER_UNKNOWN')) throw error
  const names = (await storedConsumers(store, undefined)).map((each) => each.consumer)
  throw unknownConsumer(consumer, suggestion(consumer, names))
}

function line({ consumer, buckets, first, last, parkedKeys, table }: ForgottenConsumer, order: ForgetOrder): string {
  const place = first === null ? '' : first === last ? ` at ${first}` : ` from ${first} to ${last}`
  const what = [
    `${buckets} ${buckets === 1 ? 'bucket' : 'buckets'}${place}`,
    ...(order.withDeadLetters === true ? [`${parkedKeys} ${parkedKeys === 1 ? 'dead letter' : 'dead letters'}`] : []),
    ...(table === null ? [] : [`the table ${table}`]),
  ]
  return `${consumer}: forgotten with ${what.join(', ')}`
}
