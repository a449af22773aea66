import { timestampOf } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import type { Timestamp } from '../../base/timestamp.ts'
import type { When } from '../../design/effects.ts'
import type { CommandMessage } from '../../design/message.ts'
import type { Store } from '../../ports/store.ts'
import type { CommitQueue } from '../commits/queue.ts'
import type { Origin } from '../log/event-encoding.ts'
import { freshKey } from '../commands/fresh-key.ts'
import { timerId, timerOrder, timerWrites, type TimerContext, type TimerOrder } from './schedule.ts'
import { originOf } from '../commands/unit-of-work.ts'

/** How a command is scheduled from outside. */
export interface ScheduleOptions extends Partial<Origin> {
  /** Moves what the service has scheduled under it; default: a new one. */
  readonly key?: string
  /** Whose timer it is; default: the service that handles the command. */
  readonly service?: string
}

/** A timer that waits. */
export interface Scheduled {
  readonly service: string
  readonly key: string
  readonly dueAt: Timestamp
}

/** Timers that no handler sets: each call is a unit of its own. */
export interface TimerRequests {
  schedule(command: CommandMessage, at: When, options?: ScheduleOptions): Promise<Scheduled>
  unschedule(service: string, key: string): Promise<void>
}

/** Timers of the services of a system, whether they run here or not. */
export function timerRequests(
  context: TimerContext & {
    readonly store: Pick<Store, 'broker' | 'now'>
    readonly queue: Pick<CommitQueue, 'commit'>
  },
): TimerRequests {
  const { graph, store, queue } = context
  const commit = async (service: string, order: TimerOrder): Promise<number> => {
    const timers = await timerWrites([order], () => store.now())
    const outcome = await queue.commit({ timers, inbox: [freshKey(service)] })
    if (!outcome.ok) throw failure('EW_UNIT', `A timer of ${service} was not stored: ${outcome.reason}.`)
    const [write] = timers
    return write?.kind === 'set' ? write.dueAtMs : 0
  }
  const known = (service: string): string => {
    if (graph.services.has(service)) return service
    const names = [...graph.services.keys()].join(', ')
    throw failure('EW_CONFIG', `Timers belong to a service, and there is no "${service}"; there are: ${names}.`)
  }
  return {
    async schedule(command, at, { key = newId(), service: given, ...origin } = {}) {
      const owner = graph.commands.get(command?.type)?.service
      const service = given === undefined ? (owner ?? '') : known(given)
      const order = timerOrder(context, { service, key, origin: originOf(origin) }, command, at)
      return { service, key, dueAt: timestampOf(await commit(service, order)) }
    },
    async unschedule(service, key) {
      await commit(service, { kind: 'remove', id: timerId(known(service), key) })
    },
  }
}
