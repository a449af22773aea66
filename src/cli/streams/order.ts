import type { Command } from 'commander'
import { commitLimits } from '../../runtime/commits/limits.ts'
import { commitQueue } from '../../runtime/commits/queue.ts'
import { patientStore } from '../../runtime/loop/patient-store.ts'
import { streamOrders, type OrderedStream, type StreamOrder, type StreamOrders } from '../../runtime/streams/orders.ts'
import type { Run } from '../io.ts'
import { withJson, withStore } from '../options.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'

/** Who gives an order about a stream, and why. */
export interface OrderOptions extends StoreChoice {
  readonly reason: string
  readonly by?: string
}

/** `streams archive <stream>`: closes a stream until it is reopened. Errors: as `StreamOrders`. */
export function streamsArchiveCommand(parent: Command, run: Run): void {
  const description = 'Closes a stream: it takes no events until it is reopened; what is in it stays readable.'
  orderCommand(parent, run, 'archive', description, (orders, stream, order) => orders.archive(stream, order))
}

/** `streams reopen <stream>`: lets an archived stream take events again. Errors: as `StreamOrders`. */
export function streamsReopenCommand(parent: Command, run: Run): void {
  const description = 'Lets an archived stream take events again.'
  orderCommand(parent, run, 'reopen', description, (orders, stream, order) => orders.reopen(stream, order))
}

/** Adds the stream, the reason, which must be there, and who gives the order. */
export function withStreamOrder(command: Command): Command {
  return withJson(
    withStore(
      command
        .argument('<stream>', 'the stream as `streams list` shows it, for example Order/1')
        .requiredOption('--reason <text>', 'why; it is kept')
        .option('--by <name>', 'who gives the order (default: $USER)'),
    ),
  )
}

/** Does something with the orders over the store that must be there. */
export function withOrders<T>(
  command: Command,
  run: Run,
  { reason, by, ...choice }: OrderOptions,
  work: (orders: StreamOrders, order: StreamOrder) => Promise<T>,
): Promise<T> {
  const { clock, env } = run.io
  let answer: T
  return withOpenStore(command, choice, run.io, async (opened) => {
    const store = patientStore(opened, clock, commitLimits.busyDeadlineMs)
    const queue = commitQueue(store, clock)
    const orders = streamOrders({ store, commit: queue.commit, clock })
    answer = await work(orders, { who: by ?? env['USER'] ?? 'operator', why: reason }).finally(() => queue.close())
  }).then(() => answer)
}

function orderCommand(
  parent: Command,
  run: Run,
  name: string,
  description: string,
  give: (orders: StreamOrders, stream: string, order: StreamOrder) => Promise<OrderedStream>,
): void {
  const command = withStreamOrder(parent.command(name).description(description))
  command.action(async (stream: string, options: OrderOptions) => {
    const answer = await withOrders(command, run, options, (orders, order) => give(orders, stream, order))
    if (run.json) return printJson(run.io, answer)
    await printLines(run.io, printable(line(answer)))
  })
}

function line({ stream, status, version, repeated }: OrderedStream): string {
  const events = `${version} ${version === 1 ? 'event' : 'events'}`
  return `${stream} (${events}): ${repeated ? 'was' : 'is now'} ${status}${repeated ? ' already' : ''}`
}
