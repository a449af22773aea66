import type { AnySystem } from '../../design/system.ts'
import type { Store } from '../../ports/store.ts'
import type { ViewFinding, ViewVerdict } from '../../runtime/views/view-check.ts'
import { verifyViews, type VerifyViewsOptions } from '../../runtime/views/verify.ts'
import type { Run } from '../io.ts'
import { printTable } from '../print.ts'
import { progressBar, type ProgressBar } from '../progress-bar.ts'

/** What came of comparing views with a replay. */
export interface VerifiedViews {
  readonly views: readonly ViewVerdict[]
  /** The first of the rows that differ. */
  readonly rows: readonly ViewFinding[]
  /** How many differ in all. */
  readonly found: number
}

/** Compares views with a replay, with a bar for each reading of the log, and keeps so many of the rows that differ. */
export async function verifiedViews(
  run: Run,
  store: Store,
  { graph }: AnySystem,
  which: Pick<VerifyViewsOptions, 'keys' | 'memoryBytes'>,
  mostRows: number,
): Promise<VerifiedViews> {
  const views: ViewVerdict[] = []
  const rows: ViewFinding[] = []
  let [found, pass] = [0, 0]
  let bar: ProgressBar | undefined
  for await (const step of verifyViews(graph, store, { ...which, clock: run.io.clock })) {
    if (step.pass !== pass) {
      bar?.end()
      pass = step.pass
      bar = progressBar(run, pass === 1 ? 'verify views' : `verify views (${pass})`)
    }
    if (step.of > 0) bar!.show(step.position, step.of)
    views.push(...step.views)
    found += step.findings.length
    rows.push(...step.findings.slice(0, mostRows - rows.length))
    if (run.io.stop.aborted) break
  }
  bar?.end()
  return { views, rows, found }
}

/** Prints a line for each view, and one for each field that differs. */
export async function printViews({ io }: Run, { views, rows, found }: VerifiedViews): Promise<void> {
  const lines = rows.flatMap((row) =>
    row.fields.length > 0
      ? row.fields.map((field) => ({ ...row, ...field }))
      : [{ ...row, field: '', stored: null, replayed: null }],
  )
  if (found > 0)
    await printTable(
      io,
      [
        { title: 'view', text: ({ view }) => view },
        { title: 'key', text: ({ key }) => key },
        { title: 'row', text: ({ kind }) => kind },
        { title: 'field', text: ({ field }) => field },
        { title: 'stored', text: ({ stored }) => stored ?? '' },
        { title: 'replayed', text: ({ replayed, why }) => why ?? replayed ?? '' },
      ],
      lines,
      '',
    )
  await printTable(
    io,
    [
      { title: 'view', text: ({ view }) => view },
      { title: 'rows', text: ({ state }) => state },
      { title: 'generation', right: true, text: ({ generation }) => generation ?? '' },
      { title: 'compared', right: true, text: ({ keys }) => keys },
      { title: 'different', right: true, text: ({ different }) => different },
      { title: 'parked', right: true, text: ({ parked }) => parked },
      { title: 'unsettled', right: true, text: ({ unsettled }) => unsettled },
      { title: 'remark', text: remarkOf },
    ],
    views,
    'no views',
  )
}

function remarkOf({ why, newer, different, handlersChanged }: ViewVerdict): string {
  const remarks = [
    ...(why === undefined ? [] : [why]),
    ...(newer > 0 ? [`${newer} keys have events of a newer release`] : []),
    ...(different > 0 && handlersChanged ? ['its handlers have changed since it was built, but not its version'] : []),
  ]
  return remarks.join('; ')
}
