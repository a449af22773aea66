import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { DeadLetterGroups, DeadLetterItem, FrozenLetters } from '../../wire/dead-letters.ts'
import { Action } from '../parts/action.tsx'
import { DryRun } from '../parts/dry-run.tsx'
import { Fetched } from '../parts/fetched.tsx'
import { Age } from '../parts/moment.tsx'
import { PageList } from '../parts/page-list.tsx'
import { Quantity } from '../parts/quantity.tsx'
import { Status } from '../parts/status.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { pathOf } from '../place.ts'
import { useResource } from '../resource.ts'
import { filtered, go, href, route } from '../route.ts'
import { ask } from '../server.ts'
import { role } from '../viewer.ts'

type Group = DeadLetterGroups['groups'][number]

const groups: readonly Column<Group>[] = [
  {
    heading: 'Reason',
    cell: ({ consumer, code, type }) => (
      <a href={filtered({ consumer, code, type: type ?? undefined, cursor: undefined })}>{code}</a>
    ),
  },
  { heading: 'Message', cell: ({ type }) => type ?? 'unknown' },
  { heading: 'Consumer', cell: ({ consumer }) => consumer },
  { heading: 'How many', isNumber: true, cell: ({ letters }) => <Quantity value={letters} unit="messages" /> },
]

const letters: readonly Column<DeadLetterItem>[] = [
  {
    heading: 'Key',
    cell: ({ consumer, key }) => <a href={href('dead-letters', [consumer, key])}>{key}</a>,
  },
  { heading: 'Message', cell: ({ type, position }) => `${type ?? 'unknown'} at ${position.toLocaleString('en-GB')}` },
  {
    heading: 'State',
    cell: ({ state }) => <Status tone={state === 'parked' ? 'bad' : 'busy'}>{state}</Status>,
  },
  {
    heading: 'Why',
    cell: ({ code, message }) => (
      <>
        {code}: {message}
      </>
    ),
  },
  { heading: 'Tried', isNumber: true, cell: ({ attempts, replays }) => `${attempts} + ${replays} replays` },
  {
    heading: 'Behind it',
    isNumber: true,
    cell: ({ behindMessages }) => <Quantity value={behindMessages} unit="messages" />,
  },
  { heading: 'Parked', cell: ({ parkedAt }) => <Age at={parkedAt} /> },
]

/** Messages that failed for good, by reason, and what can be done about many of them at once. */
export function DeadLetters(): JSX.Element {
  const { query } = route.value
  const { state } = useResource<DeadLetterGroups>('dead-letters/groups')
  const consumer = query.get('consumer')
  return (
    <>
      <h1>Dead letters</h1>
      <section aria-label="By reason">
        <h2>By reason</h2>
        <Fetched of={state.value}>
          {({ groups: rows }) => (
            <Table
              caption="Dead letters by consumer, reason and type"
              columns={groups}
              rows={rows}
              keyOf={(group) => `${group.consumer} ${group.code} ${group.type}`}
              empty="None. Every message was handled."
            />
          )}
        </Fetched>
      </section>
      <section aria-label="Messages">
        <div class="head">
          <h2>Messages</h2>
          {consumer !== null && (
            <a href={href('dead-letters')}>
              all of them, not only {[query.get('code'), query.get('type'), consumer].filter(Boolean).join(' of ')}
            </a>
          )}
        </div>
        {consumer !== null && role.value === 'operator' && <Many consumer={consumer} key={query.toString()} />}
        <PageList
          caption="Dead letters"
          path="dead-letters"
          filters={['consumer', 'code', 'type']}
          columns={letters}
          keyOf={({ consumer: of, key }) => `${of} ${key}`}
          empty="None is like this."
        />
      </section>
    </>
  )
}

/** Orders about a whole group: what it holds is counted and kept first, so that nothing that comes later is in it. */
function Many({ consumer }: { readonly consumer: string }): JSX.Element {
  const frozen = useSignal<FrozenLetters | undefined>(undefined)
  const problem = useSignal('')
  const { query } = route.value
  const freeze = async (): Promise<void> => {
    const path = pathOf('dead-letters/frozen', { consumer, code: query.get('code'), type: query.get('type') })
    try {
      frozen.value = await ask<FrozenLetters>(path)
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error)
    }
  }
  if (problem.value !== '') return <p class="trouble">{problem.value}</p>
  if (frozen.value === undefined) {
    return (
      <p class="buttons">
        <button type="button" onClick={() => void freeze()}>
          Do something with all of these
        </button>
      </p>
    )
  }
  const { frozen: id, letters: count, measuredAt } = frozen.value
  const toJobs = (): void => go(href('jobs'))
  return (
    <div class="buttons">
      <span>
        <Quantity value={count} unit="messages" /> as of <Age at={measuredAt} />
      </span>
      <Action
        name="Replay them"
        what={`${count} messages of ${consumer} are handled again, each key in its order. Those that fail stay here.`}
        path="dead-letters/replay"
        body={{ frozen: id }}
        done={toJobs}
      />
      <DryRun path={pathOf('dead-letters/plan', { frozen: id })} />
      <Action
        name="Discard them"
        what={`${count} messages of ${consumer} are never handled. They stay readable, with your reason.`}
        path="dead-letters/discard"
        body={{ frozen: id }}
        isGrave
        done={toJobs}
      />
    </div>
  )
}
