import { durationMs } from '../../base/duration.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import { canonicalJson, parseJson, type Json } from '../../base/json.ts'
import { assertMessage } from '../../design/message.ts'
import type { AnyProcess, Reaction } from '../../design/sagas/process.ts'
import type {
  PendingTimer,
  ProcessCommand,
  ProcessEffect,
  ProcessEvent,
  ProcessInput,
  ProcessState,
} from './process.ts'

/** What an input leads to. */
export interface ProcessDecision {
  readonly events: readonly ProcessEvent[]
  /**
   * `recorded`: there are events. `ignored`: nothing follows; the input is used up. `kept`: another process knows what
   * to do about it, so it must not be used up, and `why` says what this one lacks.
   */
  readonly answer: 'recorded' | 'ignored' | 'kept'
  readonly why?: string
}

/**
 * What an instance of a process does about an input: pure. Errors: what its functions throw, EW_JSON for a state that
 * is not JSON, EW_MESSAGE for something else than a command; the event is then to be handled like any that a handler
 * fails on.
 */
export function decideProcess(
  process: AnyProcess,
  state: ProcessState | undefined,
  input: ProcessInput,
  nowMs: number,
): ProcessDecision {
  if (state?.ended === true) return { events: [], answer: 'ignored' }
  if (state !== undefined && state.version !== process.version) {
    return kept(`the instance needs version ${state.version} of process ${process.name}`)
  }
  try {
    const events = input.kind === 'due' ? fired(state, nowMs) : reacted(process, state, input, nowMs)
    return { events, answer: events.length > 0 ? 'recorded' : 'ignored' }
  } catch (error) {
    if (!isEventwrightError(error, 'EW_EVENT_NEWER')) throw error
    return kept(error.message)
  }
}

function kept(why: string): ProcessDecision {
  return { events: [], answer: 'kept', why }
}

/** The state after one more event. Pure and total. */
export function evolveProcess(state: ProcessState | undefined, event: ProcessEvent): ProcessState {
  if (event.type === 'ProcessTimerFired') {
    if (state === undefined) throw new TypeError(`${event.type} cannot be the first event of a process.`)
    return { ...state, timers: without(state.timers, event.timer) }
  }
  const { process, processId, version, ended } = event
  const changes = Object.entries(event.timers)
  const set = changes.filter((change): change is [string, PendingTimer] => change[1] !== null)
  let timers = state?.timers ?? {}
  for (const [timer] of changes) timers = without(timers, timer)
  return {
    process,
    processId,
    version,
    state: event.state,
    timers: ended ? {} : { ...timers, ...Object.fromEntries(set) },
    timersSet: (state?.timersSet ?? 0) + set.length,
    ended,
  }
}

/**
 * What has to be done once `events`, which led from `before` to `after`, are stored; sends belong into their commit.
 */
export function effectsOfProcess(
  before: ProcessState | undefined,
  events: readonly ProcessEvent[],
  after: ProcessState,
): readonly ProcessEffect[] {
  const sent = events.flatMap((event) => (event.type === 'ProcessReacted' ? event.sent : [event.sent]))
  const sends = sent.map((command): ProcessEffect => ({ kind: 'send', ...command }))
  const atMs = processDueAtMs(after)
  if ((before === undefined ? null : processDueAtMs(before)) === atMs) return sends
  return [...sends, { kind: 'due', processId: after.processId, atMs }]
}

/** When the instance has to be looked at next; null when only an event can move it. */
export function processDueAtMs({ timers }: ProcessState): number | null {
  const times = Object.values(timers).map((timer) => timer.dueAtMs)
  return times.length === 0 ? null : Math.min(...times)
}

function reacted(
  process: AnyProcess,
  before: ProcessState | undefined,
  input: Extract<ProcessInput, { readonly kind: 'event' }>,
  nowMs: number,
): readonly ProcessEvent[] {
  const reaction = process.reactions.find(({ event }) => event.type === input.type)
  if (reaction === undefined) return []
  const { processId, meta } = input
  const state = before === undefined ? process.initial() : before.state
  const data: unknown = reaction.event.decode(input.schemaVersion, input.data)
  const answer: Reaction<unknown> = reaction.react(state, data, meta) ?? {}
  const where = `The process ${process.name}, reacting to ${input.type}`
  const sent = (answer.send ?? []).map((message, index) =>
    command(message, `${processId}/${meta.id}/${index + 1}`, where),
  )
  return [
    {
      type: 'ProcessReacted',
      process: process.name,
      processId,
      version: process.version,
      event: input.type,
      eventId: meta.id,
      state: parseJson(canonicalJson(answer.state === undefined ? state : answer.state)),
      sent,
      timers: timersOf(answer, before, processId, where, nowMs),
      ended: answer.end === true,
    },
  ]
}

function timersOf(
  { after = {} }: Reaction<unknown>,
  before: ProcessState | undefined,
  processId: string,
  where: string,
  nowMs: number,
): { readonly [timer: string]: PendingTimer | null } {
  let number = before?.timersSet ?? 0
  const changes = Object.entries(after).map(([timer, change]) => {
    if (change === 'cancel') return [timer, null] as const
    const sent = command(change.send, `${processId}/timer/${++number}`, where)
    return [timer, { ...sent, dueAtMs: nowMs + durationMs(change.in) }] as const
  })
  return Object.fromEntries(changes)
}

/** Timers that are due, the earliest first. */
function fired(state: ProcessState | undefined, nowMs: number): readonly ProcessEvent[] {
  return Object.entries(state?.timers ?? {})
    .filter(([, { dueAtMs }]) => dueAtMs <= nowMs)
    .sort(([a, first], [b, second]) => first.dueAtMs - second.dueAtMs || (a < b ? -1 : 1))
    .map(([timer, { command, data, key }]) => ({ type: 'ProcessTimerFired', timer, sent: { command, data, key } }))
}

function command(message: unknown, key: string, where: string): ProcessCommand {
  assertMessage(message, where)
  if (message.kind !== 'command') throw failure('EW_MESSAGE', `${where}, was given the event ${message.type} to send.`)
  return { command: message.type, data: message.definition.encode(message.data) as Json, key }
}

function without<T>(table: { readonly [name: string]: T }, name: string): { readonly [name: string]: T } {
  const { [name]: _gone, ...rest } = table
  return rest
}
