import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { eventColumns } from '../parts/event-columns.tsx'
import { Filters } from '../parts/filters.tsx'
import { Quantity } from '../parts/quantity.tsx'
import { Status } from '../parts/status.tsx'
import { Table } from '../parts/table.tsx'
import { pathOf } from '../place.ts'
import { route } from '../route.ts'
import { useTail } from '../tail.ts'

const tones = { connecting: 'busy', live: 'good', 'broken off': 'bad' } as const

const partitions = [
  ['1', 'of sagas and orders'],
  ['both', 'all'],
] as const

/** Events as they are recorded. */
export function Live(): JSX.Element {
  const isOn = useSignal(true)
  const { query } = route.value
  const filters = ['type', 'stream', 'correlation', 'partition'].map((name) => [name, query.get(name)] as const)
  const { events, missed, state } = useTail(pathOf('live', Object.fromEntries(filters)), isOn.value).value
  return (
    <>
      <div class="head">
        <h1>Live</h1>
        {isOn.value ? <Status tone={tones[state]}>{state}</Status> : <Status tone="quiet">paused</Status>}
        <button type="button" onClick={() => (isOn.value = !isOn.value)}>
          {isOn.value ? 'Pause' : 'Go on'}
        </button>
        {missed > 0 && (
          <small>
            not shown: <Quantity value={missed} unit="events" />
          </small>
        )}
      </div>
      <Filters
        filters={[
          { name: 'type', label: 'Type' },
          { name: 'stream', label: 'Stream' },
          { name: 'correlation', label: 'Correlation id' },
          { name: 'partition', label: 'Events', any: 'of the design', choices: partitions },
        ]}
      />
      <section aria-label="Events as they are recorded" aria-live="off">
        <Table
          caption="The newest events"
          columns={eventColumns}
          rows={events}
          keyOf={({ id }) => id}
          empty="Nothing yet. Events appear here the moment they are recorded."
        />
      </section>
    </>
  )
}
