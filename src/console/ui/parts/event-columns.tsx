import type { JSX } from 'preact'
import type { EventItem } from '../../wire/events.ts'
import { href } from '../route.ts'
import { Age } from './moment.tsx'
import type { Column } from './table.tsx'

/** The type of an event, which leads to all about it. */
export function EventLink({ id, type, schemaVersion, deleted }: EventItem): JSX.Element {
  return (
    <>
      <a class="event-link" href={href('events', [id])}>
        {type}
      </a>
      {schemaVersion > 1 && <small> v{schemaVersion}</small>}
      {deleted && <small> deleted</small>}
    </>
  )
}

/** The data of an event on one line, as much as there is room for. */
export function Gist({ data }: Pick<EventItem, 'data'>): JSX.Element {
  return <code class="gist">{JSON.stringify(data)}</code>
}

/** What lists of events show. */
export const eventColumns: readonly Column<EventItem>[] = [
  { heading: 'Event', cell: (event) => <EventLink {...event} /> },
  {
    heading: 'Stream',
    cell: ({ stream, version }) => (
      <>
        <a href={href('streams', [stream])}>{stream}</a> <small>@{version}</small>
      </>
    ),
  },
  { heading: 'Position', isNumber: true, cell: ({ position }) => position.toLocaleString('en-GB') },
  { heading: 'Recorded', cell: ({ recordedAt }) => <Age at={recordedAt} /> },
  { heading: 'Data', cell: (event) => <Gist {...event} /> },
]
