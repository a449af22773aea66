import type { Command } from 'commander'
import { systemClock } from '../../base/clock.ts'
import { signal } from '../../base/signal.ts'
import type { Graph } from '../../design/graph.ts'
import type { ParkedOrder } from '../../ports/parked.ts'
import type { Store } from '../../ports/store.ts'
import { commitQueue } from '../../runtime/commits/queue.ts'
import {
  deadLetterOrders,
  parkedStore,
  type DeadLetterChoice,
  type DeadLetterOrders,
} from '../../runtime/parking/dead-letters.ts'
import { inspect } from '../../runtime/inspect.ts'
import type { Run } from '../io.ts'
import { suggestion } from '../nearest.ts'
import { say } from '../print.ts'
import { progressBar } from '../progress-bar.ts'

/** Which dead letters of a consumer a command is about. */
export interface ManyOptions {
  readonly code?: string
  readonly type?: string
}

/** Who gives an order and why. */
export interface OrderOptions {
  readonly reason: string
  readonly who?: string
}

/** Adds what chooses among the dead letters of a consumer. */
export function withChoice(command: Command): Command {
  return command
    .option('--code <code>', 'without a key: only those that failed by this code')
    .option('--type <type>', 'without a key: only messages of this type')
}

/** Adds the reason, which must be there, and who gives it. */
export function withReason(command: Command): Command {
  return command
    .requiredOption('--reason <text>', 'why; it is kept')
    .option('--who <name>', 'who does it (default: $USER)')
}

/** The order as it is kept. */
export function orderOf({ io }: Run, { reason, who }: OrderOptions): ParkedOrder {
  return { who: who ?? io.env['USER'] ?? 'operator', why: reason }
}

/** Orders over a store that this process only looks into. */
export function ordersOver(store: Store, graph?: Graph): DeadLetterOrders {
  return deadLetterOrders([parkedStore(store, commitQueue(store, systemClock))], graph, signal())
}

/** Does something to many, with a bar. */
export async function withProgress<T>(
  run: Run,
  label: string,
  consumer: string,
  { code, type }: ManyOptions,
  work: (choice: DeadLetterChoice) => Promise<T>,
): Promise<T> {
  const bar = progressBar(run, label)
  try {
    return await work({
      consumer,
      ...(code !== undefined && { code }),
      ...(type !== undefined && { type }),
      onProgress: (done, of) => bar.show(done, of),
    })
  } finally {
    bar.end()
  }
}

/** Says when nobody will act: there is no such consumer, or nobody runs it now. */
export async function sayWhoActs(run: Run, store: Store, consumer: string): Promise<void> {
  const consumers = await inspect(store).consumers()
  const known = consumers.find(({ name }) => name === consumer)
  const names = consumers.map(({ name }) => name)
  if (known === undefined) await say(run, `The store has no consumer "${consumer}". ${suggestion(consumer, names)}`)
  else if (known.owners.length === 0) await say(run, 'No process runs this consumer now; one that starts goes on.')
}
