import type { JSX } from 'preact'
import type { AuditItem, Job } from '../../wire.ts'
import { Action } from '../parts/action.tsx'
import { Bar } from '../parts/bar.tsx'
import { Age } from '../parts/moment.tsx'
import { PageList } from '../parts/page-list.tsx'
import { Status, type Tone } from '../parts/status.tsx'
import type { Column } from '../parts/table.tsx'

const tones: Readonly<Record<Job['state'], Tone>> = {
  running: 'busy',
  done: 'good',
  failed: 'bad',
  cancelled: 'quiet',
  unknown: 'warn',
}

const jobs: readonly Column<Job>[] = [
  { heading: 'Job', cell: ({ what, of }) => `${what} ${of}` },
  { heading: 'State', cell: ({ state }) => <Status tone={tones[state]}>{state}</Status> },
  {
    heading: 'Progress',
    cell: ({ id, state, done, total, unit, outcome }) => (
      <>
        {state === 'running' && total !== undefined && (
          <Bar done={(done ?? 0) / Math.max(1, total)} label={`Job ${id}`} />
        )}
        {outcome ?? (done === undefined ? '' : `${done.toLocaleString('en-GB')} ${unit}`)}
      </>
    ),
  },
  { heading: 'Began', cell: ({ startedAt }) => <Age at={startedAt} /> },
  { heading: 'Who and why', cell: ({ who, why }) => `${who}: ${why}` },
  {
    heading: 'Stop',
    cell: ({ id, canCancel, what, of }) =>
      canCancel && (
        <Action name="Cancel" what={`${what} ${of} ends where it is.`} path={`jobs/${encodeURIComponent(id)}/cancel`} />
      ),
  },
]

const actions: readonly Column<AuditItem>[] = [
  { heading: 'What', cell: ({ what, of }) => `${what} ${of}` },
  { heading: 'When', cell: ({ at }) => <Age at={at} /> },
  { heading: 'Who', cell: ({ who }) => who },
  { heading: 'Why', cell: ({ why }) => why },
  { heading: 'How it ended', cell: ({ outcome }) => outcome ?? <span class="quiet">–</span> },
]

/** What the server does for operators, and what operators have done. */
export function Jobs(): JSX.Element {
  return (
    <>
      <h1>Jobs and audit</h1>
      <section aria-label="Jobs">
        <h2>Jobs</h2>
        <PageList
          caption="Jobs, the newest first"
          path="jobs"
          columns={jobs}
          keyOf={({ id }) => id}
          empty="Nothing was ordered that takes its time."
          everyMs={1_000}
        />
      </section>
      <section aria-label="Audit">
        <h2>What operators did</h2>
        <PageList
          caption="Orders, the newest first"
          path="actions"
          cursor="actions"
          columns={actions}
          keyOf={({ no }) => String(no)}
          empty="Nothing was ordered yet."
        />
      </section>
    </>
  )
}
