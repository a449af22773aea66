import { timestampOf } from '../base/clock.ts'
import { processOf } from '../base/process-name.ts'
import type { Inspect } from '../runtime/inspect.ts'
import type { Health } from './wire.ts'
import type { ConsumerItem, ConsumerObjective, ConsumerStatus } from './wire/overview.ts'

/** A consumer as `inspect` tells of it. */
export type ConsumerReport = Awaited<ReturnType<Inspect['consumers']>>[number]

const healths: Readonly<Record<ConsumerStatus, Health>> = {
  idle: 'good',
  ok: 'good',
  waiting: 'busy',
  'waiting for refeed': 'busy',
  lagging: 'busy',
  'parked keys': 'warn',
  'falling behind': 'warn',
  stalled: 'bad',
  stopped: 'bad',
  'broker away': 'bad',
  'needs newer release': 'bad',
  ahead: 'bad',
}

/** Every health, the worst last. */
export const healthOrder: readonly Health[] = ['good', 'busy', 'warn', 'bad']

/** How a status is to be taken. */
export function healthOf(status: ConsumerStatus): Health {
  return healths[status]
}

/** The worse of two. */
export function worse(a: Health, b: Health): Health {
  return healthOrder.indexOf(a) >= healthOrder.indexOf(b) ? a : b
}

/** The worst of several; `good` where there is none. */
export function worstOf(all: readonly Health[]): Health {
  return all.reduce(worse, 'good')
}

/** A consumer as the page gets it. */
export function shownConsumer(inspect: Pick<Inspect, 'declares'>, report: ConsumerReport): ConsumerItem {
  const { name, source, status, lag, lagMs, stalenessMs, parkedKeys, buckets, owners, objective, problem } = report
  const isDeclared = inspect.declares(name)
  return {
    name,
    ...kindOf(name, source),
    source,
    status,
    // What nobody is to run any more stands still, and that is as it should be.
    health: isDeclared ? worse(healthOf(status), objective?.met === false ? 'warn' : 'good') : 'good',
    lagMessages: lag,
    lagMs,
    stalenessMs,
    parkedKeys,
    ...(objective !== undefined && { objective: shownObjective(objective) }),
    buckets,
    owners: owners.length,
    ...holdersOf(report),
    ...(problem !== undefined && { problem }),
    ...(!isDeclared && { isForgotten: true as const }),
  }
}

/** Who has a consumer, and who let it go without giving it back: the last of them. */
export function holdersOf({ owners, leftBy = [] }: ConsumerReport): Pick<ConsumerItem, 'heldBy' | 'leftBy'> {
  const last = leftBy.toSorted((a, b) => b.untilMs - a.untilMs)[0]
  return {
    heldBy: [...new Set(owners.map(processOf))].sort(),
    ...(last !== undefined && { leftBy: { process: processOf(last.owner), at: timestampOf(last.untilMs) } }),
  }
}

function shownObjective({ lag, stalenessMs, met }: NonNullable<ConsumerReport['objective']>): ConsumerObjective {
  return { ...(lag !== undefined && { lagMessages: lag }), ...(stalenessMs !== undefined && { stalenessMs }), met }
}

/** The worst first; of equals the one that lags most. */
export function byUrgency(a: ConsumerItem, b: ConsumerItem): number {
  return (
    healthOrder.indexOf(b.health) - healthOrder.indexOf(a.health) ||
    b.lagMessages - a.lagMessages ||
    (a.name < b.name ? -1 : 1)
  )
}

function kindOf(name: string, source: string): Pick<ConsumerItem, 'kind' | 'of'> {
  const view = /^view:(.+)#\d+$/s.exec(name)
  if (view !== null) return { kind: 'projection', of: view[1]! }
  const [, service = '', kind = '', part = ''] = /^([^/]+)\/([a-z]+)(?::([^<@]+))?/.exec(name) ?? []
  switch (kind) {
    case 'subscription':
    case 'relay':
      return { kind, of: part }
    case 'outbox':
      return { kind: 'relay', of: `outbox of ${service}` }
    case 'saga':
    case 'process':
      return { kind: source === 'mail' ? kind : 'router', of: part }
    case 'commands':
    case 'replies':
      return { kind: 'commands', of: `${service}.${kind}` }
    case 'timers':
      return { kind: 'timers', of: service }
    default:
      return { kind: 'other', of: name }
  }
}
