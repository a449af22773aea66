import type { Call } from '../call.ts'
import { measuredAt } from '../call.ts'
import { cursorOf, isPlace, limitOf, pageOf } from '../cursor.ts'
import { seenIn, type Partition } from '../live-hub.ts'
import { RequestRefused } from '../problem.ts'
import type { Names, Route } from '../router.ts'
import { dataOf, shownEvent, shownStored, type Envelope } from '../shown-event.ts'
import type { Page } from '../wire.ts'
import type { EventItem, EventStory, Trace, TraceEvent } from '../wire/events.ts'

/** Events, one by one, in pages, as they come, and as they follow from each other. */
export const eventRoutes: readonly Route<Call>[] = [
  { method: 'GET', path: 'events', answer: newest },
  { method: 'GET', path: 'events/:id', answer: story },
  { method: 'GET', path: 'live', answer: live },
  { method: 'GET', path: 'correlations/:id', answer: trace },
]

/** A page reads no more of the log than this, however rare what it looks for is: the next page goes on. */
const mostRead = 5_000

async function newest(call: Call): Promise<Page<EventItem>> {
  const { query, inspect, graph, viewer } = call
  const sees = viewer.seesPersonalData === true
  const limit = limitOf(query)
  const partition = query.get('partition') === '1' ? 1 : 0
  const [types, categories] = [query.getAll('type'), query.getAll('category')]
  const isWanted = ({ type }: Envelope): boolean => types.length === 0 || types.includes(type)
  const store = await inspect.store()
  const found: Envelope[] = []
  let to = cursorOf(query, isPlace) ?? (partition === 1 ? store.engineHead : store.head)
  const least = Math.max(0, to - mostRead)
  const step = types.length + categories.length === 0 ? limit : 500
  while (to > least && found.length < limit) {
    const after = Math.max(least, to - step)
    const page = await inspect.events.ofLog({
      partition,
      after,
      to,
      limit: step,
      ...(categories.length > 0 && { categories }),
    })
    for (const event of [...page].reverse()) if (isWanted(event)) found.push(event)
    to = after
  }
  const shown = found.slice(0, limit)
  const next = found.length > limit ? shown.at(-1)!.position - 1 : to
  return pageOf(
    shown.map((event) => shownEvent(graph, event, sees)),
    next > 0 ? next : undefined,
    measuredAt(call),
  )
}

async function story(call: Call, { id }: Names): Promise<EventStory> {
  const { inspect, graph, viewer } = call
  const found = await inspect.events.get(id!)
  if (found === undefined) throw new RequestRefused('not_found', 'The store has no event of this id.')
  const { event, stored } = found
  const sees = viewer.seesPersonalData === true
  const entry = graph.events.get(event.type)
  const isUpcast =
    event.partition === 0 && !event.deleted && JSON.stringify(dataOf(graph, event)) !== JSON.stringify(stored)
  const readers = (['projections', 'subscriptions', 'sagas', 'processes', 'channels'] as const).flatMap((kind) =>
    (entry?.[kind] ?? []).map((name) => ({ kind, name })),
  )
  return {
    measuredAt: measuredAt(call),
    event: shownEvent(graph, event, sees),
    ...(isUpcast && { stored: shownStored(graph, event, stored, sees) }),
    readers,
  }
}

async function live({ query, request, live: hub, viewer, signal }: Call): Promise<Response> {
  const seen = seenIn(request.headers.get('last-event-id') ?? query.get('after'))
  const filter = {
    partitions: partitionsIn(query),
    types: new Set(query.getAll('type').filter((type) => type !== '')),
    stream: query.get('stream') || undefined,
    correlationId: query.get('correlation') || undefined,
    seesPersonalData: viewer.seesPersonalData === true,
  }
  return hub.connect(filter, seen, signal)
}

function partitionsIn(query: URLSearchParams): readonly Partition[] {
  const text = query.get('partition')
  if (text === 'both') return [0, 1]
  return text === '1' ? [1] : [0]
}

const mostTraced = 1_000

async function trace(call: Call, { id }: Names): Promise<Trace> {
  const { inspect, graph, viewer } = call
  const { events, isCut, behind } = await inspect.events.trace(id!, mostTraced)
  const shown = events.map(({ event, ...place }): TraceEvent => {
    return { ...shownEvent(graph, event, viewer.seesPersonalData === true), ...place }
  })
  return { measuredAt: measuredAt(call), correlationId: id!, events: shown, isCut, behindEvents: behind }
}
