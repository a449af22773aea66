import { failure, isEventwrightError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { AnyAggregate } from '../../design/aggregate.ts'
import type { CommandMessage } from '../../design/message.ts'
import type { Store } from '../../ports/store.ts'
import type { Unit } from '../../ports/unit-of-work.ts'
import type { StoreWithin, TransactionClient } from '../../ports/within.ts'
import type { CommitLimits } from '../commits/limits.ts'
import type { CommitQueue } from '../commits/queue.ts'
import { checkedUnit } from '../commits/unit-check.ts'
import { settleByIds } from '../log/event-ids.ts'
import { timerRequests, type TimerRequests } from '../timers/requests.ts'
import { inlineViews, type InlineView } from '../views/inline-views.ts'
import { rowTables } from '../views/row-tables.ts'
import { appender, type AppendEvents } from './append.ts'
import { commands, type CommandContext } from './commands.ts'
import type { ExecuteOptions } from './execute-options.ts'
import type { Attempted } from './outcome.ts'
import { repository } from './repository.ts'
import { StreamLanes } from './stream-lanes.ts'

/** What writing into a transaction of somebody else needs of the runtime. */
export interface WithinContext extends Omit<CommandContext, 'queue' | 'repository' | 'inline' | 'lanes' | 'attempts'> {
  readonly store: Store
  readonly limits: CommitLimits
  readonly log: Log
  inlineOf(aggregate: AnyAggregate): readonly InlineView[]
}

/** What may be asked for inside a transaction of somebody else. */
export interface WithinCalls extends TimerRequests {
  attempt(command: CommandMessage, options: ExecuteOptions): Promise<Attempted<unknown, string>>
  readonly append: AppendEvents
  committed(): void
}

/**
 * Commands, events and timers that commit with the transaction of a client. All of it is read and written over that
 * connection: another one would not see what the transaction has written, and might wait for it for ever. Nothing that
 * is read is remembered, and nobody in this process is told of anything, since all of it may be rolled back; a conflict
 * is not tried again.
 *
 * Errors: EW_TRANSACTION_UNSUPPORTED; each call EW_TRANSACTION and, where it loses, EW_CONCURRENCY.
 */
export function within(context: WithinContext, client: TransactionClient): WithinCalls {
  const { store } = context
  if (store.within === null)
    throw failure('EW_TRANSACTION_UNSUPPORTED', `The store ${store.name} has no transactions to take part in.`)
  const open = store.within
  let opened: Promise<WithinCalls> | undefined
  const calls = (): Promise<WithinCalls> => {
    const opening = (opened ??= open(client).then((part) => callsOn(context, part)))
    // A client without a transaction may have one the next time.
    opening.catch(() => (opened = undefined))
    return opening
  }
  return {
    attempt: async (command, options) => (await calls()).attempt(command, options),
    append: async (...given) => (await calls()).append(...given),
    schedule: async (...given) => (await calls()).schedule(...given),
    unschedule: async (...given) => (await calls()).unschedule(...given),
    committed: () => void opened?.then((made) => made.committed()).catch(() => undefined),
  }
}

function callsOn(context: WithinContext, part: StoreWithin): WithinCalls {
  const { graph, services, clock, log, definitionOf, inlineOf, limits } = context
  const { storeId, broker } = context.store
  const { query, now, inbox, snapshots } = part
  const store = { storeId, broker, log: part.log, inbox, snapshots, query, now }
  const viewsOf = (aggregate: AnyAggregate): readonly InlineView[] =>
    inlineOf(aggregate).map((view) => ({ ...view, tables: rowTables(view.projection, part.views) }))
  const writing = {
    graph,
    services,
    clock,
    queue: queueInto(part, limits),
    repository: repository(store, definitionOf, 0),
    inline: inlineViews(viewsOf, part.log, definitionOf, log),
    attempts: 1,
  }
  const deciding = { ...context, ...writing, store, lanes: new StreamLanes(clock) }
  const hasInline = (aggregate: AnyAggregate): boolean => inlineOf(aggregate).length > 0
  return {
    attempt: (command, options) => commands(deciding).attempt(command, options),
    append: appender({ ...writing, storeId, hasInline }),
    ...timerRequests(deciding),
    committed: () => part.committed(),
  }
}

/** Commits each unit by itself, and tells nobody. */
function queueInto(part: StoreWithin, limits: CommitLimits): Pick<CommitQueue, 'commit'> {
  const earlier = async (unit: Unit) => (await settleByIds(part.log, [unit])).get(unit)
  return {
    async commit(unit) {
      checkedUnit(unit, limits)
      try {
        const outcome = await part.commit(unit)
        const mayBeRepeat = !outcome.ok && (outcome.reason === 'conflict' || outcome.reason === 'closed')
        return mayBeRepeat ? ((await earlier(unit)) ?? outcome) : outcome
      } catch (error) {
        const known = isEventwrightError(error, 'EW_IDS_TAKEN') ? await earlier(unit) : undefined
        if (known === undefined) throw error
        return known
      }
    },
  }
}
