import type { Command } from 'commander'
import { isEventwrightError } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import type { Json } from '../base/json.ts'
import { operatorOrders, type OperatorOrder, type OperatorOrders } from '../runtime/audit/operator-orders.ts'
import { commitQueue } from '../runtime/commits/queue.ts'
import type { Run } from './io.ts'
import type { StoreChoice } from './store-choice.ts'
import { withOpenStore } from './with-open-store.ts'

/** Why something is ordered, and by whom. */
export interface Reason {
  readonly reason?: string | undefined
  readonly by?: string | undefined
}

/** Adds a reason that may be left out, and who gives it, by the name that this has in the group of the command. */
export function withReasonIfAny(command: Command, giver: 'by' | 'who' = 'by'): Command {
  return command
    .option('--reason <text>', 'why; with it the order is noted, as one of the console is')
    .option(`--${giver} <name>`, 'who orders it (default: $USER)')
}

/**
 * Carries out what by itself notes nothing. With a reason it is noted before it is done, as the console does, and how
 * it ended after it; `actions list` shows both.
 */
export async function noted<T>(
  { command, choice, run }: { readonly command: Command; readonly choice: StoreChoice; readonly run: Run },
  asked: { readonly what: string; readonly of: string; readonly asked?: Json },
  { reason, by }: Reason,
  work: () => Promise<T>,
  toldOf: (done: T) => string,
): Promise<T> {
  if (reason === undefined) return work()
  const { clock, env } = run.io
  const order: OperatorOrder = { id: newId(), ...asked, who: by ?? env['USER'] ?? 'operator', why: reason }
  const note = (write: (orders: OperatorOrders) => Promise<unknown>): Promise<void> =>
    withOpenStore(command, choice, run.io, async (store) => {
      const queue = commitQueue(store, clock)
      await write(operatorOrders({ store, clock, commit: queue.commit })).finally(() => queue.close())
    })
  await note((orders) => orders.begin(order))
  const done = await work().catch(async (error: unknown) => {
    // What an error says may be about what was in a message.
    const why = isEventwrightError(error) ? error.code : 'It was not carried out.'
    await note((orders) => orders.fail(order, why)).catch(() => undefined)
    throw error
  })
  await note((orders) => orders.end(order, { outcome: toldOf(done), answer: null }))
  return done
}
