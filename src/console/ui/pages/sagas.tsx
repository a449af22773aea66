import type { JSX } from 'preact'
import type { SagaCounts, SagaItem } from '../../wire/sagas.ts'
import { Fetched } from '../parts/fetched.tsx'
import { Filters } from '../parts/filters.tsx'
import { HealthStatus } from '../parts/health.tsx'
import { Age } from '../parts/moment.tsx'
import { PageList } from '../parts/page-list.tsx'
import { Quantity } from '../parts/quantity.tsx'
import type { Column } from '../parts/table.tsx'
import { useResource } from '../resource.ts'
import { href } from '../route.ts'

const columns: readonly Column<SagaItem>[] = [
  { heading: 'Instance', cell: ({ instance }) => <a href={href('sagas', [instance])}>{instance}</a> },
  { heading: 'Status', cell: ({ health, status }) => <HealthStatus health={health} word={status} /> },
  { heading: 'Of', cell: ({ saga, service }) => `${saga}, ${service}` },
  { heading: 'Began', cell: ({ startedAt }) => <Age at={startedAt} /> },
  { heading: 'Due', cell: ({ dueAt }) => <Age at={dueAt} /> },
  { heading: 'Story', isNumber: true, cell: ({ events }) => <Quantity value={events} unit="events" /> },
]

/** Instances of sagas and processes, by how they stand. */
export function Sagas(): JSX.Element {
  const { state } = useResource<SagaCounts>('sagas/counts')
  const counts = state.value.data?.counts ?? []
  const names = [...new Set(counts.map(({ saga }) => saga))]
  const statuses = [...new Set(counts.map(({ status }) => status))]
  return (
    <>
      <h1>Sagas</h1>
      <Fetched of={state.value}>
        {() => (
          <ul class="counts" aria-label="How many instances there are">
            {counts.map(({ saga, status, instances }) => (
              <li key={`${saga} ${status}`}>
                <a href={href('sagas', [], { saga, status })}>
                  <Quantity value={instances} unit={status} />
                </a>{' '}
                <small>{saga}</small>
              </li>
            ))}
          </ul>
        )}
      </Fetched>
      <Filters
        filters={[
          { name: 'saga', label: 'Saga or process', choices: names },
          { name: 'status', label: 'Status', choices: statuses },
        ]}
      />
      <section aria-label="Instances">
        <PageList
          caption="Instances in the order of their ids"
          path="sagas"
          filters={['saga', 'status']}
          columns={columns}
          keyOf={({ instance }) => instance}
          empty="No instance is like this."
        />
      </section>
    </>
  )
}
