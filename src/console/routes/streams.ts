import { categoryOf } from '../../base/stream-name.ts'
import type { AnyAggregate } from '../../design/aggregate.ts'
import type { Call } from '../call.ts'
import { measuredAt } from '../call.ts'
import { nameOnceMore } from '../body.ts'
import { changesBetween } from '../changes.ts'
import { cursorOf, isPlace, isText, limitOf, pageOf } from '../cursor.ts'
import { isPersonal, maskShape, PersonalValues } from '../masking.ts'
import { begun, done } from '../ordered.ts'
import { RequestRefused } from '../problem.ts'
import type { Names, Route } from '../router.ts'
import { dataOf, shownEvent, todays, type Envelope } from '../shown-event.ts'
import type { Done, Job, Json, Page } from '../wire.ts'
import type { EventItem, StateItem, StreamItem, StreamStory } from '../wire/events.ts'

/** Streams, their events, and the states that they lead to. */
export const streamRoutes: readonly Route<Call>[] = [
  { method: 'GET', path: 'streams', answer: list },
  { method: 'GET', path: 'streams/:stream', answer: story },
  { method: 'GET', path: 'streams/:stream/events', answer: events },
  { method: 'GET', path: 'streams/:stream/states', answer: states },
  { method: 'POST', path: 'streams/:stream/archive', answer: archive },
  { method: 'POST', path: 'streams/:stream/reopen', answer: reopen },
  { method: 'POST', path: 'streams/:stream/delete', answer: remove },
]

type StreamReport = NonNullable<Awaited<ReturnType<Call['inspect']['events']['stream']>>>

async function list(call: Call): Promise<Page<StreamItem>> {
  const { query, inspect } = call
  const limit = limitOf(query)
  const [category, status, after] = [query.get('category'), statusIn(query), cursorOf(query, isText)]
  const page = await inspect.streams({
    limit: limit + 1,
    ...(category !== null && { category }),
    ...(status !== undefined && { status }),
    ...(after !== undefined && { after }),
  })
  const shown = page.slice(0, limit)
  return pageOf(shown.map(itemOf), page.length > limit ? shown.at(-1)!.stream : undefined, measuredAt(call))
}

async function story(call: Call, { stream }: Names): Promise<StreamStory> {
  const { inspect, graph } = call
  const found = await known(call, stream!)
  const [[first], [last], actions] = await Promise.all([
    inspect.events.ofStream({ stream: stream!, limit: 1 }),
    inspect.events.ofStream({ stream: stream!, backwards: true, limit: 1 }),
    inspect.streamActions({ stream: stream!, limit: 20 }),
  ])
  const entry = graph.aggregates.get(categoryOf(stream!))
  const shown = (event: Envelope): EventItem => shownEvent(graph, event, sees(call))
  return {
    measuredAt: measuredAt(call),
    ...itemOf(found),
    ...(entry !== undefined && { aggregate: { name: entry.definition.name, service: entry.service } }),
    ...(first !== undefined && { first: shown(first) }),
    ...(last !== undefined && { last: shown(last) }),
    actions: actions.map(({ no, at, who, why, what, stream: of }) => ({
      no,
      at,
      who,
      why,
      what: what === 'open' ? 'reopened' : what,
      of,
    })),
  }
}

async function events(call: Call, { stream }: Names): Promise<Page<EventItem>> {
  const { inspect, graph } = call
  const found = await known(call, stream!)
  const { versions, next } = versionsOf(call, found)
  const page =
    versions === undefined
      ? []
      : await inspect.events.ofStream({ stream: stream!, ...versions, limit: versions.to - versions.from + 1 })
  const shown = page.map((event) => shownEvent(graph, event, sees(call)))
  return pageOf(isOldestFirst(call) ? shown : shown.reverse(), next, measuredAt(call))
}

async function states(call: Call, { stream }: Names): Promise<Page<StateItem>> {
  const { inspect, graph } = call
  const found = await known(call, stream!)
  const { versions, next } = versionsOf(call, found)
  if (versions === undefined) return pageOf([], undefined, measuredAt(call))
  const told = await inspect.events.states({ stream: stream!, ...versions })
  const mask = await stateMask(call, stream!, told.aggregate, versions.to)
  let before = told.before === undefined ? undefined : mask(told.before)
  const shown = told.states.map(({ event, state: bare, problem }): StateItem => {
    const state = bare === undefined ? undefined : mask(bare)
    const changes = state === undefined ? [] : changesBetween(before, state)
    before = state
    return {
      event: shownEvent(graph, event, sees(call)),
      ...(state !== undefined && { state }),
      changes,
      ...(problem !== undefined && { problem }),
    }
  })
  return pageOf(isOldestFirst(call) ? shown : shown.reverse(), next, measuredAt(call))
}

/** So many events are read to find what personal data a state may hold. */
const mostCollected = 20_000

/**
 * A state is masked by its declared schema where the aggregate has one. It is also masked by value, which is all that
 * can be done without: whatever equals, or as a text contains, a personal value of an event up to there.
 */
async function stateMask(
  call: Call,
  stream: string,
  aggregate: AnyAggregate | undefined,
  to: number,
): Promise<(state: Json) => Json> {
  if (sees(call) || aggregate === undefined) return (state) => state
  const values = new PersonalValues()
  if (aggregate.events.some((event) => isPersonal(todays(event)))) {
    for (let from = 1; from <= Math.min(to, mostCollected); from += 500) {
      const page = await call.inspect.events.ofStream({ stream, from, to: Math.min(to, from + 499), limit: 500 })
      for (const event of page) collect(call, values, event)
    }
  }
  const node = aggregate.snapshot?.state.node
  return (state) => values.mask(node === undefined ? state : maskShape(node, state))
}

function collect({ graph }: Call, values: PersonalValues, event: Envelope): void {
  const definition = graph.events.get(event.type)?.definition
  if (definition !== undefined && event.problem === undefined && !event.deleted)
    values.add(todays(definition), dataOf(graph, event))
}

function archive(call: Call, { stream }: Names): Promise<Done> {
  const { who, why } = call.order
  return done(call, { what: 'archive stream', of: stream! }, async () => {
    await call.operate.streams.archive(stream!, { who, why })
    return 'It takes no events until it is reopened.'
  })
}

function reopen(call: Call, { stream }: Names): Promise<Done> {
  const { who, why } = call.order
  return done(call, { what: 'reopen stream', of: stream! }, async () => {
    await call.operate.streams.reopen(stream!, { who, why })
    return 'It takes events again.'
  })
}

/** Nothing brings a stream back, so whoever gives the order says its name once more. */
async function remove(call: Call, { stream }: Names): Promise<Job> {
  const { who, why } = call.order
  nameOnceMore(call, stream!)
  await known(call, stream!)
  return begun(
    call,
    { what: 'delete stream', of: stream! },
    {
      unit: 'events',
      canCancel: true,
      async run({ at, signal }) {
        const { streams } = call.operate
        try {
          const { events, snapshots, copies } = await streams.delete(stream!, { who, why, signal, onProgress: at })
          return `The data of ${events} events, ${snapshots} snapshots and ${copies} parked copies are gone for ever.`
        } catch (error) {
          if (!signal.aborted || error !== signal.reason) throw error
          return 'The stream is closed for ever, and not all of it is gone: delete it again.'
        }
      },
    },
  )
}

async function known({ inspect }: Call, stream: string): Promise<StreamReport> {
  const found = await inspect.events.stream(stream)
  if (found !== undefined) return found
  throw new RequestRefused('not_found', 'The store has no stream of this name.')
}

interface Versions {
  readonly versions: { readonly from: number; readonly to: number } | undefined
  readonly next: number | undefined
}

/** Which versions a page shows; the cursor is the first one of the next page in the order that was asked for. */
function versionsOf(call: Call, { version }: StreamReport): Versions {
  const limit = limitOf(call.query)
  const cursor = cursorOf(call.query, isPlace)
  if (isOldestFirst(call)) {
    const from = Math.max(1, cursor ?? 1)
    const to = Math.min(version, from + limit - 1)
    return { versions: from > to ? undefined : { from, to }, next: to < version ? to + 1 : undefined }
  }
  const to = Math.min(version, cursor ?? version)
  const from = Math.max(1, to - limit + 1)
  return { versions: to < 1 ? undefined : { from, to }, next: from > 1 ? from - 1 : undefined }
}

function isOldestFirst({ query }: Call): boolean {
  return query.get('order') === 'oldest'
}

function statusIn(query: URLSearchParams): StreamReport['status'] | undefined {
  const text = query.get('status')
  if (text === null) return undefined
  if (text === 'open' || text === 'archived' || text === 'deleted') return text
  throw new RequestRefused('bad_request', 'A stream is open, archived or deleted.')
}

function itemOf({ stream, partition, version, status, unfinished }: StreamReport): StreamItem {
  return { stream, partition, events: version, status, ...(unfinished && { unfinished }) }
}

function sees({ viewer }: Call): boolean {
  return viewer.seesPersonalData === true
}
