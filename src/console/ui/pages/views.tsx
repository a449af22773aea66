import type { JSX } from 'preact'
import type { ViewItem } from '../../wire/views.ts'
import { Bar } from '../parts/bar.tsx'
import { HealthStatus } from '../parts/health.tsx'
import { Span } from '../parts/moment.tsx'
import { PageList } from '../parts/page-list.tsx'
import { Quantity } from '../parts/quantity.tsx'
import type { Column } from '../parts/table.tsx'
import { href } from '../route.ts'

const columns: readonly Column<ViewItem>[] = [
  { heading: 'View', cell: ({ view }) => <a href={href('views', [view])}>{view}</a> },
  { heading: 'Of', cell: ({ service, mode }) => `${service}, ${mode}` },
  { heading: 'Status', cell: ({ health, status }) => <HealthStatus health={health} word={status} /> },
  { heading: 'Lag', isNumber: true, cell: ({ lagMessages }) => <Quantity value={lagMessages} unit="messages" /> },
  {
    heading: 'Stale for',
    isNumber: true,
    cell: ({ stalenessMs }) => <Span ms={stalenessMs === 0 ? undefined : stalenessMs} />,
  },
  { heading: 'Parked', isNumber: true, cell: ({ parkedKeys }) => <Quantity value={parkedKeys} unit="keys" /> },
  {
    heading: 'Rebuild',
    cell: ({ generations }) => {
      const building = generations.find(({ state }) => state === 'building')
      return building === undefined ? (
        <span class="quiet">–</span>
      ) : (
        <Bar done={building.progress} label={`Generation ${building.generation} is built`} />
      )
    },
  },
]

/** Every view, and how up to date it is. */
export function Views(): JSX.Element {
  return (
    <>
      <h1>Views</h1>
      <section aria-label="Views">
        <PageList
          caption="Views by name"
          path="views"
          columns={columns}
          keyOf={({ view }) => view}
          empty="This system declares no views."
        />
      </section>
    </>
  )
}
