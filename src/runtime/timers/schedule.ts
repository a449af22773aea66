import { parseDuration } from '../../base/duration.ts'
import { failure } from '../../base/errors.ts'
import { canonicalJson } from '../../base/json.ts'
import { isStorable, quoted } from '../../base/text.ts'
import { parseTimestamp, timestampMs } from '../../base/timestamp.ts'
import type { Scheduling, When } from '../../design/effects.ts'
import type { Graph } from '../../design/graph.ts'
import { assertMessage, type CommandMessage } from '../../design/message.ts'
import type { Store } from '../../ports/store.ts'
import type { Timer, TimerWrite } from '../../ports/timers.ts'
import { usesMessages } from '../messages/channel-specs.ts'
import { encodeOrigin, type Origin } from '../log/event-encoding.ts'

/** A change of timers as it was asked for: a time from now on is counted when the unit is made. */
export type TimerOrder =
  | { readonly kind: 'set'; readonly timer: Omit<Timer, 'dueAtMs'>; readonly due: Due }
  | { readonly kind: 'remove'; readonly id: string }

type Due = { readonly atMs: number } | { readonly inMs: number }

/** What timers need of the runtime. */
export interface TimerContext {
  readonly graph: Graph
  readonly store: Pick<Store, 'broker'>
}

/** For whom timers are recorded. */
export interface Scheduler {
  readonly service: string
  /** The same for every attempt: timers without a key of their own are counted under it. */
  readonly key: string
  readonly origin: Origin
}

/** What a handler gets to record timers with; they commit with the rest of what it records. */
export function scheduling(
  context: TimerContext,
  scheduler: Scheduler,
  record: (order: TimerOrder) => void,
): Scheduling {
  let count = 0
  return {
    schedule(command, at, { key = `${scheduler.key}/scheduled/${++count}` } = {}) {
      record(timerOrder(context, { ...scheduler, key }, command, at))
    },
    unschedule: (key) => record({ kind: 'remove', id: timerId(scheduler.service, key) }),
  }
}

/**
 * The timer that sends a command under a key. Errors: EW_VALUE for a time that is none, EW_TEXT for a key that is none,
 * EW_DESIGN for a command that nobody handles, EW_CONFIG where nothing is sent.
 */
export function timerOrder(
  { graph, store }: TimerContext,
  { service, key, origin }: Scheduler,
  command: CommandMessage,
  at: When,
): Extract<TimerOrder, { readonly kind: 'set' }> {
  assertMessage(command, 'schedule')
  const definition = graph.commands.get(command.type)?.definition
  if (definition === undefined)
    throw failure('EW_DESIGN', `${service} schedules ${command.type}, which no service handles.`)
  if (store.broker === null || !usesMessages(graph)) {
    const why = store.broker === null ? 'the store has no broker' : 'no part of this system sends anything'
    throw failure('EW_CONFIG', `${command.type} cannot be scheduled: timers send by channels, and ${why}.`)
  }
  const data = canonicalJson(definition.encode(command.data))
  const timer = { id: timerId(service, key), service, command: command.type, data, meta: encodeOrigin(origin) }
  return { kind: 'set', timer, due: dueOf(at) }
}

/** The id of a timer: its key belongs to the service that has set it. Error: EW_TEXT. */
export function timerId(service: string, key: string): string {
  if (typeof key === 'string' && key !== '' && isStorable(key)) return `${service}/${key}`
  throw failure(
    'EW_TEXT',
    'The key of a timer must be a text with at least one character, without U+0000 and lone surrogates.',
  )
}

/** What a unit writes for orders; `now` is asked for the database's time where one of them needs it. */
export async function timerWrites(
  orders: readonly TimerOrder[],
  now: () => Promise<number>,
): Promise<readonly TimerWrite[]> {
  const isRelative = orders.some((order) => order.kind === 'set' && 'inMs' in order.due)
  const nowMs = isRelative ? await now() : 0
  return orders.map((order) => {
    if (order.kind === 'remove') return order
    const { timer, due } = order
    return { kind: 'set', ...timer, dueAtMs: 'inMs' in due ? nowMs + due.inMs : due.atMs }
  })
}

/** So far into the future every instant still has a text. */
const longestMs = 7_000 * 365 * 86_400_000

function dueOf(at: When): Due {
  const text = at instanceof Date ? isoText(at) : String(at)
  const inMs = at instanceof Date ? null : parseDuration(text)
  if (inMs !== null && inMs <= longestMs) return { inMs }
  const instant = parseTimestamp(text)
  if (instant !== null) return { atMs: timestampMs(instant) }
  throw failure(
    'EW_VALUE',
    `${quoted(text)} is no time for a timer: expected an instant such as '2026-01-31T09:30:00Z' or a time from now such as '24h'.`,
  )
}

function isoText(date: Date): string {
  return Number.isNaN(date.getTime()) ? String(date) : date.toISOString()
}
