import type { JSX } from 'preact'
import type { Page } from '../../wire.ts'
import type { StoredConsumerItem } from '../../wire/consumers.ts'
import { Action } from '../parts/action.tsx'
import { Fetched } from '../parts/fetched.tsx'
import { Quantity } from '../parts/quantity.tsx'
import { Status } from '../parts/status.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { useResource } from '../resource.ts'

/** What the store has of consumers; those that no design has any more can be forgotten. */
export function StoredConsumers(): JSX.Element {
  const { state, again } = useResource<Page<StoredConsumerItem>>('consumers')
  return (
    <>
      <h1>Consumers in the store</h1>
      <p class="quiet">
        Positions, dead letters and rows stay when a part leaves the design. What nobody will run again can be
        forgotten.
      </p>
      <section aria-label="Consumers">
        <Fetched of={state.value}>
          {({ items }) => (
            <Table
              caption="Consumers, those that no design has any more first"
              columns={[...columns, { heading: 'What to do', cell: (item) => <Forget {...item} done={again} /> }]}
              rows={items}
              keyOf={({ consumer }) => consumer}
              empty="The store has none."
            />
          )}
        </Fetched>
      </section>
    </>
  )
}

const columns: readonly Column<StoredConsumerItem>[] = [
  { heading: 'Consumer', cell: ({ consumer }) => consumer },
  {
    heading: 'In the system',
    cell: ({ isDeclared }) => (isDeclared ? <Status tone="good">yes</Status> : <Status tone="quiet">no more</Status>),
  },
  { heading: 'Reads', cell: ({ sources }) => sources.join(', ') },
  { heading: 'Position', isNumber: true, cell: ({ lastPosition }) => lastPosition?.toLocaleString('en-GB') ?? '–' },
  { heading: 'Held by', isNumber: true, cell: ({ owners }) => <Quantity value={owners} unit="processes" /> },
  { heading: 'Parked', isNumber: true, cell: ({ parkedKeys }) => <Quantity value={parkedKeys} unit="keys" /> },
  { heading: 'Rows', cell: ({ rows }) => rows ?? '–' },
]

function Forget({
  consumer,
  isDeclared,
  owners,
  parkedKeys,
  rows,
  done,
}: StoredConsumerItem & { done(): void }): JSX.Element {
  if (isDeclared) return <span class="quiet">Nothing.</span>
  if (owners > 0) return <span>A process of another release runs it.</span>
  const lost = [
    'its positions',
    ...(parkedKeys > 0 ? [`${parkedKeys} dead letters and what waits behind them`] : []),
    ...(rows === null ? [] : ['the rows of the view that it fed']),
  ]
  return (
    <Action
      name="Forget"
      what={`${consumer} loses ${lost.join(', ')}. A part that comes back under this name begins anew.`}
      path={`consumers/${encodeURIComponent(consumer)}/forget`}
      body={{ withDeadLetters: parkedKeys > 0, withRows: rows !== null }}
      isGrave
      confirm={consumer}
      done={done}
    />
  )
}
