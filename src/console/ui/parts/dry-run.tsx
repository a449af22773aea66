import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { PlannedReplay, ReplayPlan } from '../../wire/dead-letters.ts'
import { ask } from '../server.ts'
import { Age } from './moment.tsx'
import { Table, type Column } from './table.tsx'

const columns: readonly Column<PlannedReplay>[] = [
  { heading: 'Key', cell: ({ key }) => key },
  { heading: 'Message', cell: ({ type, schemaVersion }) => `${type ?? 'unknown'} v${schemaVersion ?? '?'}` },
  { heading: 'Behind it', isNumber: true, cell: ({ behindMessages }) => behindMessages },
  { heading: 'Would be', cell: ({ verdict, problem }) => (problem === undefined ? words[verdict] : problem) },
]

const words = {
  replayed: 'handled again',
  'in vain': 'left alone: replayed in vain too often',
  replaying: 'replayed already',
} as const

/** Says what a replay would do, when somebody asks, without doing it. */
export function DryRun({ path }: { readonly path: string }): JSX.Element {
  const plan = useSignal<ReplayPlan | undefined>(undefined)
  const problem = useSignal('')
  const look = async (): Promise<void> => {
    try {
      plan.value = await ask<ReplayPlan>(path)
      problem.value = ''
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error)
    }
  }
  return (
    <>
      <button type="button" onClick={() => void look()}>
        Dry run of a replay
      </button>
      {problem.value !== '' && (
        <p class="trouble" role="alert">
          {problem.value}
        </p>
      )}
      {plan.value !== undefined && <Plan {...plan.value} />}
    </>
  )
}

function Plan(plan: ReplayPlan): JSX.Element {
  const { measuredAt, letters, replayed, behindMessages, inVain, replaying, read, unreadable, items } = plan
  const { handler, owners, consumer } = plan
  const by = handler === undefined ? consumer : `the ${handler.kind} ${handler.name} of ${handler.service}`
  return (
    <section aria-label="What a replay would do">
      <h3>
        What a replay would do{' '}
        <small>
          as of <Age at={measuredAt} />
        </small>
      </h3>
      <div role="status">
        <ul>
          <li>
            {replayed} of {letters} would be handled again by {by}, then {behindMessages} that wait behind them.
          </li>
          {owners === 0 && <li>No process runs it now: a replay waits for one.</li>}
          {unreadable > 0 && (
            <li>
              {unreadable} of {read} that were read cannot be read by this release; they would stay where they are.
            </li>
          )}
          {inVain > 0 && <li>{inVain} were replayed in vain too often and would be left alone.</li>}
          {replaying > 0 && <li>A replay of {replaying} is under way already.</li>}
        </ul>
      </div>
      <Table
        caption="What would become of each letter"
        columns={columns}
        rows={items}
        keyOf={({ key }) => key}
        empty="There are none."
      />
    </section>
  )
}
