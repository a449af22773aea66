import type { JSX } from 'preact'
import type { ProcessItem } from '../../wire/processes.ts'
import { Age } from '../parts/moment.tsx'
import { PageList } from '../parts/page-list.tsx'
import { Status, type Tone } from '../parts/status.tsx'
import type { Column } from '../parts/table.tsx'

const states: Readonly<Record<ProcessItem['state'], readonly [tone: Tone, word: string]>> = {
  works: ['good', 'works'],
  silent: ['bad', 'silent'],
  left: ['quiet', 'has left'],
}

const columns: readonly Column<ProcessItem>[] = [
  {
    heading: 'Process',
    cell: ({ process, isThis }) => (
      <>
        {process} {isThis && <small>answers you</small>}
      </>
    ),
  },
  {
    heading: 'State',
    cell: ({ state, silentSinceAt }) => {
      const [tone, word] = states[state]
      return (
        <>
          <Status tone={tone}>{word}</Status>
          {silentSinceAt !== undefined && (
            <small>
              {' '}
              its lease ran out <Age at={silentSinceAt} />
            </small>
          )}
        </>
      )
    },
  },
  { heading: 'Seen at work', cell: ({ seenAt }) => <Age at={seenAt} /> },
  { heading: 'Holds', cell: ({ holds }) => <Names of={holds} /> },
  {
    heading: 'Waits for it',
    cell: ({ leaves }) => (leaves.length === 0 ? <span class="quiet">–</span> : <Names of={leaves} isOpen />),
  },
  { heading: 'What to do', cell: (item) => remedyOf(item) },
]

/** Who works on the store: what each process holds, what a dead one has left, and who has taken that over. */
export function Processes(): JSX.Element {
  return (
    <>
      <h1>Processes</h1>
      <p class="quiet">
        Those that hold consumers now, and those that held some within the last hour while somebody looked. Each has a
        lease, which it renews as it works; when that runs out, whoever runs the same service takes over.
      </p>
      <section aria-label="Processes">
        <PageList
          caption="Processes, what needs a person first"
          path="processes"
          columns={columns}
          keyOf={({ process }) => process}
          empty="Nobody works on this store."
        />
      </section>
    </>
  )
}

function Names({ of, isOpen = false }: { readonly of: readonly string[]; readonly isOpen?: boolean }): JSX.Element {
  if (of.length === 0) return <span class="quiet">nothing</span>
  return (
    <details open={isOpen}>
      <summary>{of.length === 1 ? '1 consumer' : `${of.length} consumers`}</summary>
      <ul class="names">
        {of.map((name) => (
          <li key={name}>{name}</li>
        ))}
      </ul>
    </details>
  )
}

function remedyOf({ state, leaves, takenOverBy }: ProcessItem): string {
  const taken = takenOverBy.map(({ process, consumers }) => `${process} has taken over ${consumers}`).join(', ')
  if (state === 'works') return 'Nothing.'
  if (state === 'left') return taken === '' ? 'Nothing: it gave back what it held.' : `Nothing: ${taken}.`
  const rest = `nobody else runs the other ${leaves.length}: end it, and start their service again.`
  return taken === '' ? `Nobody else runs what it held: end it, and start its services again.` : `${taken}; ${rest}`
}
