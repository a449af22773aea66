import type { Command } from 'commander'
import type { Erased } from '../../runtime/streams/erasure.ts'
import type { OrderedStream, StreamOrder, StreamOrders } from '../../runtime/streams/orders.ts'
import type { Run } from '../io.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import { progressBar } from '../progress-bar.ts'
import { withOrders, withStreamOrder, type OrderOptions } from './order.ts'

interface Options extends OrderOptions {
  readonly yes?: string
}

/**
 * `streams delete <stream> --yes <stream>`: closes a stream for ever and takes away what is in it. Exit code 1 where it
 * was interrupted; the same once more goes on. Errors: as `StreamOrders`.
 */
export function streamsDeleteCommand(parent: Command, run: Run): void {
  const command = withStreamOrder(
    parent
      .command('delete')
      .description('Closes a stream for ever and takes away the data of its events. There is no way back.'),
  ).option('--yes <stream>', 'the name of the stream once more, since nothing brings it back')
  command.action(async (stream: string, { yes, ...options }: Options) => {
    if (yes !== stream)
      return command.error('error: nothing brings a stream back: say its name once more with --yes', {
        code: 'eventwright.yes',
      })
    const deleted = await withOrders(command, run, options, (orders, order) => deletion(run, stream, orders, order))
    if (deleted === undefined) run.exitCode = 1
    if (run.json) return printJson(run.io, { stream, finished: deleted !== undefined, ...deleted })
    await printLines(run.io, printable(line(stream, deleted)))
  })
}

/** Undefined when it was interrupted. */
async function deletion(
  run: Run,
  stream: string,
  orders: StreamOrders,
  order: StreamOrder,
): Promise<(OrderedStream & Erased) | undefined> {
  const { stop: signal } = run.io
  const bar = progressBar(run, `deleting ${printable(stream, { limit: 40 })}`)
  try {
    signal.throwIfAborted()
    return await orders.delete(stream, { ...order, signal, onProgress: (done, of) => bar.show(done, of) })
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined
    throw error
  } finally {
    bar.end()
  }
}

function line(stream: string, deleted: (OrderedStream & Erased) | undefined): string {
  if (deleted === undefined) return `${stream}: interrupted; the same once more goes on`
  const { events, snapshots, copies, repeated } = deleted
  const gone = [plural(events, 'event'), plural(snapshots, 'snapshot'), plural(copies, 'parked copy', 'parked copies')]
  const before = repeated ? ' (it was deleted before; what was left is gone now)' : ''
  return `${stream}: deleted for ever${before}: the data of ${gone.join(', ')}`
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
