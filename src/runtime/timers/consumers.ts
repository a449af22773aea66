import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { fingerprint } from '../../base/fingerprint.ts'
import type { Log } from '../../base/log.ts'
import type { Signal } from '../../base/signal.ts'
import type { Graph } from '../../design/graph.ts'
import { restoredCommand } from '../../design/message.ts'
import { storeSources } from '../../design/sources.ts'
import type { OutboxMessage } from '../../ports/outbox.ts'
import type { Timer } from '../../ports/timers.ts'
import type { Consumer } from '../loop/consumer.ts'
import type { Origin } from '../log/event-encoding.ts'
import type { Messaging } from '../messages/messaging.ts'
import type { Feed, Space } from '../loop/space.ts'
import { timerHandler, type TimerHandler } from './handler.ts'

/** What starting the timers of services needs. */
export interface TimerConsumersOptions {
  readonly graph: Graph
  readonly services: ReadonlySet<string>
  readonly clock: Clock
  readonly log: Log
  readonly wake: Signal
  readonly backstopMs: number
  readonly main: Space
  /** Without it nothing is sent, and nothing can be scheduled. */
  readonly messaging: Messaging | undefined
  /** Breaks the start off between two services. */
  readonly signal: AbortSignal | undefined
}

/** What fires timers in this process. */
export interface TimerConsumers {
  readonly consumers: readonly Consumer[]
  /** Whether every timer that is due was sent. */
  isQuiet(): Promise<boolean>
}

/** Starts, for each service, what sends its timers when they are due; one process at a time does it. */
export async function startTimers(options: TimerConsumersOptions): Promise<TimerConsumers> {
  const { services, main, messaging, graph, signal } = options
  const consumers: Consumer[] = []
  const handlers: TimerHandler[] = []
  const undo: (() => void)[] = []
  const begin = async (service: string): Promise<void> => {
    const name = `${service}/timers`
    const messageOf = (timer: Timer): OutboxMessage => messageOfTimer(graph, messaging!, timer)
    const handler = timerHandler({ ...options, service, store: main.store, commit: main.commitAside, messageOf })
    const own = [main.queue.onCommit(handler.note), main.store.watch(handler.askAnew)]
    undo.push(...own)
    const from: Feed = { name: storeSources.timers, starts: [0], source: { after: async () => [] } }
    const { status, stop } = await main.consume({ name, handler: () => handler, pageEvents: 1, from })
    consumers.push({ status, stop: () => stop().finally(() => own.forEach((each) => each())) })
    handlers.push(handler)
  }
  try {
    for (const service of messaging === undefined ? [] : services) {
      signal?.throwIfAborted()
      await begin(service)
    }
  } catch (error) {
    for (const each of undo) each()
    throw error
  }
  return {
    consumers,
    async isQuiet() {
      for (const handler of handlers) if (!(await handler.isQuiet())) return false
      return true
    },
  }
}

/** The same for a timer whoever fires it. Errors: EW_DESIGN and EW_VALIDATION for what this release does not know. */
function messageOfTimer(graph: Graph, messaging: Messaging, timer: Timer): OutboxMessage {
  const { id, service, command: type, data, dueAtMs, meta } = timer
  const definition = graph.commands.get(type)?.definition
  if (definition === undefined)
    throw failure('EW_DESIGN', `${service} has scheduled ${type}, which no service handles.`)
  // What was scheduled anew for the same time, with other data, is another request.
  const key = `timer/${id}@${dueAtMs}/${fingerprint(type + data)}`
  return messaging.send(service, restoredCommand(definition, JSON.parse(data)), key, JSON.parse(meta) as Origin)
}
