import type { JSX } from 'preact'
import type { Page } from '../../wire.ts'
import type { ChannelItem } from '../../wire/overview.ts'
import { Fetched } from '../parts/fetched.tsx'
import { Consumers } from '../parts/health.tsx'
import { Quantity } from '../parts/quantity.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { pathOf } from '../place.ts'
import { useResource } from '../resource.ts'
import { filtered, route } from '../route.ts'

type Partition = ChannelItem['partitions'][number]

const partitions: readonly Column<Partition>[] = [
  { heading: 'Partition', cell: ({ partition }) => String(partition) },
  { heading: 'Kept', isNumber: true, cell: ({ messages }) => <Quantity value={messages} unit="messages" /> },
  { heading: 'First offset', isNumber: true, cell: ({ firstOffset }) => firstOffset.toLocaleString('en-GB') },
  { heading: 'Next offset', isNumber: true, cell: ({ nextOffset }) => nextOffset.toLocaleString('en-GB') },
]

/** Channels with their partitions, and the groups that read them. */
export function Channels(): JSX.Element {
  const { state } = useResource<Page<ChannelItem>>(pathOf('channels', { cursor: route.value.query.get('cursor') }))
  return (
    <>
      <h1>Channels</h1>
      <Fetched of={state.value}>
        {({ items, next }) => (
          <>
            {items.length === 0 && <p class="empty">This system declares no channels.</p>}
            {items.map((item) => (
              <Channel key={item.channel} {...item} />
            ))}
            {next !== undefined && (
              <p>
                <a href={filtered({ cursor: next })}>Next page</a>
              </p>
            )}
          </>
        )}
      </Fetched>
    </>
  )
}

function Channel({
  channel,
  kind,
  service,
  format,
  carries,
  partitions: parts,
  groups,
  problem,
}: ChannelItem): JSX.Element {
  return (
    <section aria-label={channel} id={channel}>
      <div class="head">
        <h2>{channel}</h2>
        <small>
          {kind} of {service}, {format}
        </small>
      </div>
      <p class="quiet">{carries.join(', ')}</p>
      {problem !== undefined && <p class="trouble">{problem}</p>}
      <Consumers caption={`Groups of ${channel}`} consumers={groups} />
      {parts.length > 0 && (
        <details>
          <summary>
            {parts.length} partitions,{' '}
            <Quantity value={parts.reduce((sum, { messages }) => sum + messages, 0)} unit="messages" />
          </summary>
          <Table
            caption={`Partitions of ${channel}`}
            columns={partitions}
            rows={parts}
            keyOf={({ partition }) => String(partition)}
            empty="None."
          />
        </details>
      )}
    </section>
  )
}
