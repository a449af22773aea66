import type { JSX } from 'preact'
import type { Health } from '../../wire.ts'
import type { ConsumerItem, ConsumerObjective } from '../../wire/overview.ts'
import { href } from '../route.ts'
import { Age, Span } from './moment.tsx'
import { Quantity } from './quantity.tsx'
import { Status, type Tone } from './status.tsx'
import { Table, type Column } from './table.tsx'

/** How something stands, with the word for it. */
export function HealthStatus({ health, word }: { readonly health: Health; readonly word: string }): JSX.Element {
  const tone: Tone = health
  return <Status tone={word === 'idle' ? 'quiet' : tone}>{word}</Status>
}

const columns: readonly Column<ConsumerItem>[] = [
  { heading: 'Consumer', cell: ({ name }) => name },
  {
    heading: 'Status',
    cell: ({ health, status, isForgotten, problem }) => (
      <>
        <HealthStatus health={health} word={status} />
        {isForgotten && <small> no design has it any more</small>}
        {problem !== undefined && <div class="quiet">{problem}</div>}
      </>
    ),
  },
  { heading: 'Lag', isNumber: true, cell: ({ lagMessages }) => <Quantity value={lagMessages} unit="messages" /> },
  {
    heading: 'Oldest waits',
    isNumber: true,
    cell: ({ lagMessages, lagMs }) => <Span ms={lagMessages === 0 ? undefined : (lagMs ?? undefined)} />,
  },
  {
    heading: 'Stale for',
    isNumber: true,
    cell: ({ stalenessMs }) => <Span ms={stalenessMs === 0 ? undefined : stalenessMs} />,
  },
  { heading: 'Parked', isNumber: true, cell: ({ parkedKeys }) => <Quantity value={parkedKeys} unit="keys" /> },
  {
    heading: 'Held by',
    cell: ({ buckets, heldBy, leftBy }) => (
      <>
        <Holders heldBy={heldBy} leftBy={leftBy} /> {buckets > 1 && <small>{buckets} buckets</small>}
      </>
    ),
  },
]

/** Shown where the design declares something. */
const objectiveColumn: Column<ConsumerItem> = {
  heading: 'Objective',
  cell: ({ objective }) => (objective === undefined ? <span class="quiet">–</span> : <Objective {...objective} />),
}

/** How far behind it may be, and whether it is not. */
function Objective({ lagMessages, stalenessMs, met }: ConsumerObjective): JSX.Element {
  return (
    <>
      <HealthStatus health={met ? 'good' : 'warn'} word={met ? 'kept' : 'missed'} />
      <div class="quiet">
        {lagMessages !== undefined && <Quantity value={lagMessages} unit="messages" />}
        {lagMessages !== undefined && stalenessMs !== undefined && ', '}
        {stalenessMs !== undefined && <Span ms={stalenessMs} />} at most
      </div>
    </>
  )
}

/** Which processes have a consumer, and which one let it go without giving it back. */
export function Holders({
  heldBy,
  leftBy,
}: {
  readonly heldBy: ConsumerItem['heldBy']
  readonly leftBy: ConsumerItem['leftBy'] | undefined
}): JSX.Element {
  return (
    <>
      {heldBy.length > 2 ? (
        <a href={href('processes')}>{heldBy.length} processes</a>
      ) : heldBy.length > 0 ? (
        <a href={href('processes')}>{heldBy.join(', ')}</a>
      ) : (
        <span class="quiet">nobody</span>
      )}
      {leftBy !== undefined && (
        <>
          ; <a href={href('processes')}>{leftBy.process}</a> let it go <Age at={leftBy.at} />
        </>
      )}
    </>
  )
}

interface Props {
  readonly caption: string
  readonly consumers: readonly ConsumerItem[]
}

/** What works on a source, and how it is doing. */
export function Consumers({ caption, consumers }: Props): JSX.Element {
  const isDeclared = consumers.some(({ objective }) => objective !== undefined)
  return (
    <Table
      caption={caption}
      columns={isDeclared ? [...columns, objectiveColumn] : columns}
      rows={consumers}
      keyOf={({ name }) => name}
      empty="Nothing reads here."
    />
  )
}
