import type { Json } from '../../base/json.ts'
import type { Signal } from '../../base/signal.ts'
import type { Graph } from '../../design/graph.ts'
import type { LogPage, StreamPage } from '../../ports/event-log.ts'
import type { Store } from '../../ports/store.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import { streamReport, type StreamReport } from '../streams/report.ts'
import { streamStates, type StatesPage, type StreamStates } from '../streams/states.ts'
import { causation, type Caused } from './causation.ts'
import { correlated, extendIndex, type Correlated } from './correlated.ts'
import { envelope, type Envelope } from './envelope.ts'

/** Pages of events, for people; unknown types and broken data are shown with the reason. */
export interface EventReports {
  /** Position of the newest event of the design, or of the engine, which is partition 1. */
  head(partition?: 0 | 1): Promise<number>
  /** Events of one stream. */
  ofStream(page: StreamPage): Promise<readonly Envelope[]>
  /** Events in position order. */
  ofLog(page: LogPage): Promise<readonly Envelope[]>
  /** One event, and what is stored of it; undefined where no event has this id. */
  get(id: string): Promise<{ readonly event: Envelope; readonly stored: Json } | undefined>
  /** A stream by its whole name; undefined where there is none. */
  stream(name: string): Promise<StreamReport | undefined>
  /** The states of an aggregate at some versions of its stream. */
  states(page: StatesPage): Promise<StreamStates>
  /** The events that have a correlation id, in the order in which they were recorded; at most `limit`. */
  correlated(correlationId: string, limit: number): Promise<Correlated<Envelope>>
  /** The same, and which of them follows from which. */
  trace(correlationId: string, limit: number): Promise<Correlated<Caused<Envelope>>>
  /** Takes some more events into the index that `correlated` searches; answers how many are still to come. */
  extendIndex(): Promise<number>
  /** Raised soon after somebody has committed; a hint that may be late where no system runs. */
  readonly commits: Pick<Signal, 'seen' | 'after'>
}

/** Reads events of a store; `graph` is what they are decoded by. */
export function eventReports(
  store: Store,
  graph: Graph | undefined,
  commits: Pick<Signal, 'seen' | 'after'>,
): EventReports {
  const open = (stored: StoredEvent): Envelope => envelope(stored, graph?.events.get(stored.type)?.definition)
  const { log } = store
  const ofCorrelation: EventReports['correlated'] = async (correlationId, limit) => {
    const { events, ...rest } = await correlated(store, correlationId, limit)
    return { ...rest, events: events.map(open) }
  }
  return {
    head: (partition = 0) => log.head(partition),
    ofStream: async (page) => (await log.readStream(page)).map(open),
    ofLog: async (page) => (await log.readLog(page)).map(open),
    async get(id) {
      const [place] = await log.places([id])
      if (place === undefined) return undefined
      const { stream, version } = place
      const [stored] = await log.readStream({ stream, from: version, to: version, limit: 1 })
      return stored && { event: open(stored), stored: JSON.parse(stored.data) as Json }
    },
    async stream(name) {
      const found = await store.streams.get(name)
      return found && streamReport(store, found)
    },
    states: (page) => streamStates(store, graph, page),
    correlated: ofCorrelation,
    async trace(correlationId, limit) {
      const { events, ...rest } = await ofCorrelation(correlationId, limit)
      return { ...rest, events: causation(events) }
    },
    extendIndex: () => extendIndex(store),
    commits,
  }
}
