import type { JSX } from 'preact'
import type { Trace as Answer, TraceEvent } from '../../wire/events.ts'
import { EventLink, Gist } from '../parts/event-columns.tsx'
import { Fetched } from '../parts/fetched.tsx'
import { Moment } from '../parts/moment.tsx'
import { Quantity } from '../parts/quantity.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { useResource } from '../resource.ts'
import { href, route } from '../route.ts'

/** Everything that one request has led to, as a tree: each event below what caused it. */
export function Trace(): JSX.Element {
  const [id = ''] = route.value.parts
  const { state } = useResource<Answer>(`correlations/${encodeURIComponent(id)}`)
  return (
    <>
      <h1>Trace</h1>
      <p class="quiet">Correlation id {id}</p>
      <Fetched of={state.value}>
        {({ events, isCut, behindEvents }) => (
          <section aria-label="What belongs together">
            {isCut && <p class="trouble">Only the first {events.length} events are shown.</p>}
            {behindEvents > 0 && (
              <p class="quiet">
                <Quantity value={behindEvents} unit="events" /> are not looked through yet; there may be more in a
                moment.
              </p>
            )}
            <Table
              caption="Events of the trace, each below what caused it"
              columns={columnsFrom(events)}
              rows={events}
              keyOf={({ id: event }) => event}
              empty="No event has this correlation id."
            />
          </section>
        )}
      </Fetched>
    </>
  )
}

function columnsFrom(events: readonly TraceEvent[]): readonly Column<TraceEvent>[] {
  const began = Date.parse(events[0]?.recordedAt ?? '')
  return [
    {
      heading: 'Event',
      cell: (event) => (
        <span class="branch" style={{ '--depth': Math.min(event.depth, 8) }}>
          {event.depth > 0 && <span aria-hidden="true">└ </span>}
          <span class="unseen">depth {event.depth}: </span>
          <EventLink {...event} />
        </span>
      ),
    },
    { heading: 'Stream', cell: ({ stream }) => <a href={href('streams', [stream])}>{stream}</a> },
    { heading: 'After', isNumber: true, cell: ({ recordedAt }) => `+${Date.parse(recordedAt) - began} ms` },
    { heading: 'Recorded', cell: ({ recordedAt }) => <Moment at={recordedAt} /> },
    { heading: 'Data', cell: (event) => <Gist {...event} /> },
  ]
}
