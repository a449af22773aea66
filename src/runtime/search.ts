import type { Graph } from '../design/graph.ts'
import type { RequestReport } from './commands/request-reports.ts'
import type { EventReports } from './log/event-reports.ts'
import type { DeadLetterReports } from './parking/dead-letter-report.ts'
import type { SagaCount, SagaReport } from './saga-runner/report.ts'
import type { RowReports } from './views/row-reports.ts'

/** One thing that an id or a key stands for. */
export type Found =
  | {
      readonly kind: 'event'
      readonly id: string
      readonly type: string
      readonly stream: string
      readonly version: number
    }
  | {
      readonly kind: 'correlation'
      readonly id: string
      /** How many events have it; a hundred at most, and `isCut` where there are more. */
      readonly events: number
      readonly isCut: boolean
      /** So many events, the newest ones, were not searched. */
      readonly behind: number
    }
  | {
      readonly kind: 'idempotency key'
      readonly key: string
      readonly service: string
      /** `step`: a saga asked; `command`: anybody else. */
      readonly from: 'command' | 'step'
      readonly atMs: number
      /** `done`, or the code of a refusal. */
      readonly outcome: string
      /** The first event that it has led to; undefined where it led to none. */
      readonly event?: { readonly id: string; readonly type: string; readonly stream: string; readonly version: number }
    }
  | { readonly kind: 'stream'; readonly stream: string; readonly events: number }
  | { readonly kind: 'saga'; readonly instance: string; readonly status: string }
  | { readonly kind: 'row'; readonly view: string; readonly key: string }
  | {
      readonly kind: 'dead letter'
      readonly consumer: string
      readonly key: string
      readonly type: string | null
      readonly code: string
    }

/** Where it is looked for. */
export interface SearchedReports {
  readonly events: EventReports
  readonly rows: RowReports
  readonly deadLetters: DeadLetterReports
  requests(key: string): Promise<readonly RequestReport[]>
  saga(id: string): Promise<SagaReport | undefined>
  sagaCounts(): Promise<readonly SagaCount[]>
}

/**
 * What a text stands for: an event or a correlation by its id, a request by its idempotency key, a stream or an
 * instance by its whole name or by its id in every category, a row or a dead letter by its key. Without a design only
 * whole names of streams are found, instances of sagas that have begun, and neither rows nor requests.
 */
export async function search(
  inspect: SearchedReports,
  graph: Graph | undefined,
  text: string,
): Promise<readonly Found[]> {
  const found = await Promise.all([
    eventOf(inspect, text),
    correlationOf(inspect, text),
    requestsOf(inspect, text),
    streamsOf(inspect, graph, text),
    sagasOf(inspect, graph, text),
    rowsOf(inspect, graph, text),
    lettersOf(inspect, text),
  ])
  return found.flat()
}

async function eventOf({ events }: SearchedReports, id: string): Promise<readonly Found[]> {
  const found = await events.get(id)
  if (found === undefined) return []
  const { type, stream, version } = found.event
  return [{ kind: 'event', id, type, stream, version }]
}

async function correlationOf({ events: reports }: SearchedReports, id: string): Promise<readonly Found[]> {
  const { events, isCut, behind } = await reports.correlated(id, 100)
  return events.length === 0 && behind === 0 ? [] : [{ kind: 'correlation', id, events: events.length, isCut, behind }]
}

async function requestsOf({ events: reports, requests }: SearchedReports, key: string): Promise<readonly Found[]> {
  return Promise.all(
    (await requests(key)).map(async ({ service, kind: from, atMs, status, code, events }): Promise<Found> => {
      const found = events[0] === undefined ? undefined : await reports.get(events[0])
      const event = found && {
        id: found.event.id,
        type: found.event.type,
        stream: found.event.stream,
        version: found.event.version,
      }
      return { kind: 'idempotency key', key, service, from, atMs, outcome: code ?? status, ...(event && { event }) }
    }),
  )
}

async function streamsOf(
  { events }: SearchedReports,
  graph: Graph | undefined,
  text: string,
): Promise<readonly Found[]> {
  const names = new Set([
    ...(text.includes('/') ? [text] : []),
    ...[...(graph?.aggregates.keys() ?? [])].map((category) => `${category}/${text}`),
  ])
  const streams = await Promise.all([...names].map((name) => events.stream(name)))
  return streams.flatMap((stream): readonly Found[] =>
    stream?.partition === 0 ? [{ kind: 'stream', stream: stream.stream, events: stream.version }] : [],
  )
}

async function sagasOf(inspect: SearchedReports, graph: Graph | undefined, text: string): Promise<readonly Found[]> {
  const declared =
    graph === undefined ? await startedSagas(inspect) : [...graph.sagas.keys(), ...graph.processes.keys()]
  const names = [...(text.includes('/') ? [text] : []), ...declared.map((saga) => `${saga}/${text}`)]
  const found = await Promise.all(names.map((id) => inspect.saga(id)))
  return found.flatMap((saga): readonly Found[] =>
    saga === undefined ? [] : [{ kind: 'saga', instance: saga.id, status: saga.status }],
  )
}

async function startedSagas({ sagaCounts }: SearchedReports): Promise<readonly string[]> {
  return [...new Set((await sagaCounts()).map(({ saga }) => saga))]
}

async function rowsOf({ rows }: SearchedReports, graph: Graph | undefined, key: string): Promise<readonly Found[]> {
  const views = [...(graph?.projections.keys() ?? [])]
  const found = await Promise.all(views.map(async (view) => ((await rows.get(view, key)) === undefined ? [] : [view])))
  return found.flat().map((view) => ({ kind: 'row', view, key }))
}

async function lettersOf({ deadLetters }: SearchedReports, key: string): Promise<readonly Found[]> {
  const consumers = new Set((await deadLetters.counts()).map(({ consumer }) => consumer))
  const found = await Promise.all([...consumers].map(async (consumer) => (await deadLetters.get(consumer, key)) ?? []))
  return found.flat().map(({ consumer, type, code }) => ({ kind: 'dead letter', consumer, key, type, code }))
}
