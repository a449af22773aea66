import type { JSX } from 'preact'
import type { Measured } from '../../wire.ts'
import type { GenerationItem, RowItem, ViewStory } from '../../wire/views.ts'
import { Action } from '../parts/action.tsx'
import { Bar } from '../parts/bar.tsx'
import { Fetched } from '../parts/fetched.tsx'
import { Filters } from '../parts/filters.tsx'
import { HealthStatus, Holders } from '../parts/health.tsx'
import { Json } from '../parts/json.tsx'
import { Age, Span } from '../parts/moment.tsx'
import { PageList } from '../parts/page-list.tsx'
import { Quantity } from '../parts/quantity.tsx'
import { Status } from '../parts/status.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { useResource } from '../resource.ts'
import { go, href, route } from '../route.ts'

const generations: readonly Column<GenerationItem>[] = [
  { heading: 'Generation', cell: ({ generation }) => String(generation) },
  {
    heading: 'State',
    cell: ({ state, isRead }) => (
      <Status tone={isRead ? 'good' : state === 'building' ? 'busy' : 'quiet'}>
        {isRead ? `${state}, read` : state}
      </Status>
    ),
  },
  { heading: 'Version', isNumber: true, cell: ({ version }) => String(version) },
  { heading: 'Position', isNumber: true, cell: ({ positionEvents }) => positionEvents.toLocaleString('en-GB') },
  { heading: 'Lag', isNumber: true, cell: ({ lagEvents }) => <Quantity value={lagEvents} unit="events" /> },
  { heading: 'Done', cell: ({ progress, generation }) => <Bar done={progress} label={`Generation ${generation}`} /> },
  { heading: 'Begun', cell: ({ startedAt }) => <Age at={startedAt} /> },
]

/** One view: how it stands, its generations, its rows. */
export function View(): JSX.Element {
  const [name = '', key] = route.value.parts
  const path = `views/${encodeURIComponent(name)}`
  const { state, again } = useResource<ViewStory>(path)
  return (
    <>
      <h1>{name}</h1>
      <Fetched of={state.value}>
        {(view) => (
          <>
            <section aria-label="About the view">
              <Facts {...view} />
              {view.canRebuild && (
                <p class="buttons">
                  <Action
                    name="Rebuild"
                    what={`${name} is built anew beside the present one, which is read until the new one is complete.`}
                    path={`${path}/rebuild`}
                    done={() => go(href('jobs'))}
                  />
                </p>
              )}
            </section>
            <section aria-label="Generations">
              <h2>Generations</h2>
              <Table
                caption="Generations of the view"
                columns={generations}
                rows={view.generations}
                keyOf={({ generation }) => String(generation)}
                empty="None was begun."
              />
            </section>
            <section aria-label="Rows">
              {key === undefined ? <Rows view={view} again={again} /> : <Row view={view} rowKey={key} />}
            </section>
          </>
        )}
      </Fetched>
    </>
  )
}

function Facts({
  service,
  mode,
  health,
  status,
  lagMessages,
  lagMs,
  stalenessMs,
  parkedKeys,
  heldBy,
  leftBy,
  problem,
  from,
}: ViewStory): JSX.Element {
  return (
    <dl class="facts">
      <dt>Status</dt>
      <dd>
        <HealthStatus health={health} word={status} />
        {problem !== undefined && <p class="trouble">{problem}</p>}
      </dd>
      <dt>Held by</dt>
      <dd>
        <Holders heldBy={heldBy} leftBy={leftBy} />
      </dd>
      <dt>Lag</dt>
      <dd>
        <Quantity value={lagMessages} unit="messages" />, the oldest for <Span ms={lagMs ?? undefined} />
      </dd>
      <dt>Stale for</dt>
      <dd>
        <Span ms={stalenessMs === 0 ? undefined : stalenessMs} />
      </dd>
      <dt>Parked</dt>
      <dd>
        <Quantity value={parkedKeys} unit="keys" />
      </dd>
      <dt>Of</dt>
      <dd>
        {service}, {mode}, from {from.join(', ')}
      </dd>
    </dl>
  )
}

function Rows({
  view: { view, columns, canRebuild },
  again,
}: {
  readonly view: ViewStory
  again(): void
}): JSX.Element {
  const indexed = columns.filter(({ isIndexed }) => isIndexed).map(({ name }) => name)
  const shown: readonly Column<RowItem>[] = [
    { heading: 'Key', cell: ({ key }) => <a href={href('views', [view, key])}>{key}</a> },
    { heading: 'Row', cell: ({ row, key }) => <Json value={row} label={`Row ${key}`} /> },
    { heading: 'State', cell: ({ isStale }) => isStale && <Status tone="warn">its key is parked</Status> },
    ...(canRebuild
      ? [
          {
            heading: 'Mend',
            cell: ({ key }: RowItem) => <RebuildRow view={view} rowKey={key} done={again} />,
          },
        ]
      : []),
  ]
  const where = indexed.map((name) => `where.${name}`)
  return (
    <>
      <h2>Rows</h2>
      {indexed.length > 0 && <Filters filters={indexed.map((name) => ({ name: `where.${name}`, label: name }))} />}
      <PageList
        caption="Rows by key"
        path={`views/${encodeURIComponent(view)}/rows`}
        filters={where}
        columns={shown}
        keyOf={({ key }) => key}
        empty="No row is like this."
      />
    </>
  )
}

/** One row alone, as a search finds it. */
function Row({
  view: { view, canRebuild },
  rowKey,
}: {
  readonly view: ViewStory
  readonly rowKey: string
}): JSX.Element {
  const path = `views/${encodeURIComponent(view)}/rows/${encodeURIComponent(rowKey)}`
  const { state, again } = useResource<RowItem & Measured>(path)
  return (
    <>
      <div class="head">
        <h2>Row {rowKey}</h2>
        <a href={href('views', [view])}>all rows</a>
      </div>
      <Fetched of={state.value}>
        {({ row, isStale }) => (
          <>
            {isStale && <Status tone="warn">its key is parked</Status>}
            <Json value={row} label={`Row ${rowKey}`} />
            {canRebuild && (
              <p class="buttons">
                <RebuildRow view={view} rowKey={rowKey} done={again} />
              </p>
            )}
          </>
        )}
      </Fetched>
    </>
  )
}

function RebuildRow({
  view,
  rowKey,
  done,
}: {
  readonly view: string
  readonly rowKey: string
  done(): void
}): JSX.Element {
  return (
    <Action
      name="Rebuild row"
      what={`The row ${rowKey} is made anew from its events.`}
      path={`views/${encodeURIComponent(view)}/rows/${encodeURIComponent(rowKey)}/rebuild`}
      done={done}
    />
  )
}
