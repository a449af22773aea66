import { timestampOf } from '../../base/clock.ts'
import { columnValue } from '../../design/column-text.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { Call } from '../call.ts'
import { measuredAt } from '../call.ts'
import { cursorOf, isText, limitOf, pageOf } from '../cursor.ts'
import { isPersonal, maskShape } from '../masking.ts'
import { begun, done } from '../ordered.ts'
import { RequestRefused } from '../problem.ts'
import type { Names, Route } from '../router.ts'
import { healthOf, holdersOf, worse } from '../shown-consumer.ts'
import type { Done, Job, Measured, Page } from '../wire.ts'
import type { GenerationItem, RowItem, ViewItem, ViewStory } from '../wire/views.ts'

/** Views: how they stand, their rows, and making them anew. */
export const viewRoutes: readonly Route<Call>[] = [
  { method: 'GET', path: 'views', answer: list },
  { method: 'GET', path: 'views/:view', answer: story },
  { method: 'GET', path: 'views/:view/rows', answer: rows },
  { method: 'GET', path: 'views/:view/rows/:key', answer: row },
  { method: 'POST', path: 'views/:view/rebuild', answer: rebuild },
  { method: 'POST', path: 'views/:view/rows/:key/rebuild', answer: rebuildKey },
]

const lookEveryMs = 500

async function list(call: Call): Promise<Page<ViewItem>> {
  return pageOf(await itemsOf(call), undefined, measuredAt(call))
}

async function story(call: Call, { view }: Names): Promise<ViewStory> {
  const projection = declared(call, view!)
  const item = (await itemsOf(call)).find((each) => each.view === view)!
  const indexed = new Set([...projection.index, ...projection.unique].flat())
  const columns = projection.row.columns.map(({ name, kind }) => {
    return { name, kind, isIndexed: indexed.has(name), isPersonal: isPersonalColumn(projection, name) }
  })
  return { measuredAt: measuredAt(call), ...item, columns, from: projection.from.map(({ type }) => type) }
}

async function rows(call: Call, { view }: Names): Promise<Page<RowItem>> {
  const { query, inspect } = call
  const projection = declared(call, view!)
  const orderBy = query.get('orderBy') ?? undefined
  if (orderBy !== undefined && isPersonalColumn(projection, orderBy) && !sees(call))
    throw new RequestRefused('forbidden', `The column ${orderBy} holds personal data: its order would tell of them.`)
  const where = Object.fromEntries(
    [...query].flatMap(([name, text]) => {
      const column = name.startsWith('where.') ? name.slice('where.'.length) : undefined
      return column === undefined ? [] : [[column, valueOf(projection, column, text)]]
    }),
  )
  const cursor = cursorOf(query, isText)
  const page = await inspect.rows.page(view!, {
    limit: limitOf(query),
    where,
    descending: query.get('descending') === 'true',
    ...(orderBy !== undefined && { orderBy }),
    ...(cursor !== undefined && { cursor }),
  })
  return pageOf(
    page.rows.map((each) => shownRow(call, projection, each)),
    page.next,
    measuredAt(call),
  )
}

async function row(call: Call, { view, key }: Names): Promise<RowItem & Measured> {
  const found = await call.inspect.rows.get(view!, key!)
  if (found === undefined) throw new RequestRefused('not_found', 'The view has no row of this key.')
  return { measuredAt: measuredAt(call), ...shownRow(call, declared(call, view!), found) }
}

function rebuild(call: Call, { view }: Names): Promise<Job> {
  const { inspect, operate, clock } = call
  declared(call, view!)
  return begun(
    call,
    { what: 'rebuild view', of: view! },
    {
      unit: 'events',
      canCancel: false,
      async run({ at, signal }) {
        const generation = await operate.rebuild(view!)
        for (;;) {
          const build = (await inspect.views()).find((each) => each.view === view && each.generation === generation)
          if (build === undefined) return `Generation ${generation} has been replaced.`
          at(build.position, build.position + build.lag)
          if (build.state !== 'building') return `Generation ${generation} is in use.`
          if (signal.aborted) return `Generation ${generation} is still being built, by whoever runs the view.`
          await clock.sleep(lookEveryMs, signal)
        }
      },
    },
  )
}

function rebuildKey(call: Call, { view, key }: Names): Promise<Done> {
  declared(call, view!)
  return done(call, { what: 'rebuild row', of: `${view!} ${key!}` }, async () => {
    const { changed, exists, events } = await call.operate.views.rebuildKey(view!, key!)
    const what = changed ? (exists ? 'was made anew' : 'was removed') : 'was right already'
    return `The row ${what}, from ${events} ${events === 1 ? 'event' : 'events'}.`
  })
}

async function itemsOf({ graph, inspect, services }: Call): Promise<readonly ViewItem[]> {
  const [builds, consumers] = await Promise.all([inspect.views(), inspect.consumers()])
  return [...graph.projections.values()].map(({ definition, service }) => {
    const { name: view, mode, version } = definition
    const own = builds.filter((build) => build.view === view)
    const read = own.find((build) => build.read)
    const fed = consumers.find(({ name }) => read !== undefined && name === `view:${view}#${read.generation}`)
    const status = fed?.status ?? 'stopped'
    return {
      view,
      service,
      mode,
      declaredVersion: version,
      status,
      health: own.some(({ state }) => state === 'building') ? worse('busy', healthOf(status)) : healthOf(status),
      lagMessages: fed?.lag ?? 0,
      lagMs: fed === undefined ? null : fed.lagMs,
      stalenessMs: fed?.stalenessMs ?? 0,
      parkedKeys: fed?.parkedKeys ?? 0,
      ...(fed === undefined ? { heldBy: [] } : holdersOf(fed)),
      ...(fed?.problem !== undefined && { problem: fed.problem }),
      generations: own.map(generationOf),
      canRebuild: mode !== 'live' && services.has(service),
    }
  })
}

type Build = Awaited<ReturnType<Call['inspect']['views']>>[number]

function generationOf({
  generation,
  version,
  state,
  read,
  position,
  lag,
  progress,
  startedAtMs,
}: Build): GenerationItem {
  const startedAt = timestampOf(startedAtMs)
  return { generation, version, state, isRead: read, positionEvents: position, lagEvents: lag, progress, startedAt }
}

function shownRow(
  call: Call,
  projection: AnyProjection,
  { key, row: bare, stale }: { readonly key: string; readonly row: RowItem['row']; readonly stale: boolean },
): RowItem {
  const shown = sees(call) ? bare : (maskShape(projection.row.node, bare) as RowItem['row'])
  return { key, row: shown, isStale: stale }
}

function declared({ graph }: Call, view: string): AnyProjection {
  const found = graph.projections.get(view)?.definition
  if (found !== undefined) return found
  throw new RequestRefused('not_found', 'This system declares no view of this name.')
}

function isPersonalColumn({ row: { node } }: AnyProjection, column: string): boolean {
  if (node.kind !== 'fields' && node.kind !== 'record') return false
  const field = node.fields.find(({ name }) => name === column)
  return field !== undefined && isPersonal({ kind: 'fields', fields: [field] })
}

/** A text of an address as a value of a column. */
function valueOf(projection: AnyProjection, column: string, text: string): unknown {
  const kind = projection.row.columns.find(({ name }) => name === column)?.kind
  const found = columnValue(kind, text)
  if (found !== undefined) return found.value
  throw new RequestRefused('bad_request', `${JSON.stringify(text.slice(0, 60))} is no value of the column ${column}.`)
}

function sees({ viewer }: Call): boolean {
  return viewer.seesPersonalData === true
}
