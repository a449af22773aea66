import type { JSX } from 'preact'
import type { StreamItem } from '../../wire/events.ts'
import { eventColumns } from '../parts/event-columns.tsx'
import { Filters } from '../parts/filters.tsx'
import { PageList } from '../parts/page-list.tsx'
import { Quantity } from '../parts/quantity.tsx'
import { Status } from '../parts/status.tsx'
import type { Column } from '../parts/table.tsx'
import { href, route } from '../route.ts'

/** How a stream stands. */
export function StreamStatus({ status }: Pick<StreamItem, 'status'>): JSX.Element {
  return <Status tone={status === 'open' ? 'good' : 'quiet'}>{status}</Status>
}

const columns: readonly Column<StreamItem>[] = [
  { heading: 'Stream', cell: ({ stream }) => <a href={href('streams', [stream])}>{stream}</a> },
  { heading: 'Events', isNumber: true, cell: ({ events }) => <Quantity value={events} unit="events" /> },
  {
    heading: 'Status',
    cell: ({ status, unfinished }) => (
      <>
        <StreamStatus status={status} />
        {unfinished && <small> something of it is left</small>}
      </>
    ),
  },
  { heading: 'Of', cell: ({ partition }) => (partition === 0 ? 'the design' : 'the engine') },
]

/** Streams by name, and the newest events of all of them. */
export function Streams(): JSX.Element {
  const isByEvent = route.value.query.get('show') === 'events'
  return (
    <>
      <div class="head">
        <h1>Streams</h1>
        <a href={href('streams')} aria-current={isByEvent ? undefined : 'true'}>
          by name
        </a>
        <a href={href('streams', [], { show: 'events' })} aria-current={isByEvent ? 'true' : undefined}>
          newest events
        </a>
      </div>
      {isByEvent ? <NewestEvents /> : <ByName />}
    </>
  )
}

function ByName(): JSX.Element {
  return (
    <>
      <Filters
        filters={[
          { name: 'category', label: 'Category' },
          { name: 'status', label: 'Status', choices: ['open', 'archived', 'deleted'] },
        ]}
      />
      <section aria-label="Streams">
        <PageList<StreamItem>
          caption="Streams in the order of their names"
          path="streams"
          filters={['category', 'status']}
          columns={columns}
          keyOf={({ stream }) => stream}
          empty="No stream is like this."
        />
      </section>
    </>
  )
}

function NewestEvents(): JSX.Element {
  return (
    <>
      <Filters
        filters={[
          { name: 'type', label: 'Type' },
          { name: 'category', label: 'Category' },
          { name: 'partition', label: 'Of the design (0) or the engine (1)', choices: ['0', '1'] },
        ]}
      />
      <section aria-label="Events">
        <PageList
          caption="Events, the newest first"
          path="events"
          filters={['type', 'category', 'partition']}
          columns={eventColumns}
          keyOf={({ id }) => id}
          empty="No event is like this."
        />
      </section>
    </>
  )
}
