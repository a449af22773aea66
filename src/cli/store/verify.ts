import { Option, type Command } from 'commander'
import { failure } from '../../base/errors.ts'
import type { Store } from '../../ports/store.ts'
import { inspect } from '../../runtime/inspect.ts'
import type { VerifyFinding } from '../../runtime/log/verify.ts'
import type { Run } from '../io.ts'
import { wholeNumber, withJson, withStore, withSystemIfAny } from '../options.ts'
import { printJson, printLines, printTable } from '../print.ts'
import { progressBar } from '../progress-bar.ts'
import type { StoreChoice } from '../store-choice.ts'
import { systemOf } from '../system-of.ts'
import { withViewsUrl, type ViewsChoice } from '../views-choice.ts'
import { withOpenStore } from '../with-open-store.ts'
import { printViews, verifiedViews, type VerifiedViews } from './verify-views.ts'

interface Options extends StoreChoice, ViewsChoice {
  readonly system?: string
  readonly views?: 'sample' | 'all' | 'none'
  readonly sample: number
  readonly memory: number
}

interface VerifiedEvents {
  readonly events: number
  readonly found: number
  /** The first of them. */
  readonly findings: readonly VerifyFinding[]
}

const mostFindings = 1_000

/**
 * `store verify`: reads every event, and with the system compares views with a replay; exit code 1 when something is
 * wrong, or when it was interrupted. Error: EW_CONFIG where views are asked for without the system that makes them.
 */
export function storeVerifyCommand(parent: Command, run: Run): void {
  const command = parent
    .command('verify')
    .description('Reads every event and checks that the store is whole, and that views are what their events give.')
    .addOption(
      new Option(
        '--views <which>',
        'which rows to compare with a replay (default: sample with --system, else none)',
      ).choices(['sample', 'all', 'none']),
    )
    .option('--sample <n>', 'how many keys of each view are a sample', wholeNumber(1), 1_000)
    .option(
      '--memory <mib>',
      'about how much memory rows may take; the log is read the more often',
      wholeNumber(1),
      256,
    )
  withJson(withViewsUrl(withStore(withSystemIfAny(command, 'its views are compared with a replay')))).action(
    async ({
      system: file,
      views: which = file === undefined ? 'none' : 'sample',
      sample,
      memory,
      ...choice
    }: Options) => {
      if (which !== 'none' && file === undefined)
        throw failure('EW_CONFIG', `--views ${which} needs --system, since its handlers make the rows.`)
      const system = file === undefined || which === 'none' ? undefined : await systemOf(file, run.io)
      const work = async (store: Store): Promise<void> => {
        const log = await verifiedEvents(run, store)
        const keys = which === 'all' ? ('all' as const) : sample
        const chosen = { keys, memoryBytes: memory * 1024 * 1024 }
        const isWanted = system !== undefined && !run.io.stop.aborted
        const views = isWanted ? await verifiedViews(run, store, system, chosen, mostFindings) : undefined
        await tell(run, log, views)
      }
      await withOpenStore(command, choice, run.io, work, system?.graph)
    },
  )
}

async function verifiedEvents(run: Run, store: Store): Promise<VerifiedEvents> {
  const bar = progressBar(run, 'verify')
  const findings: VerifyFinding[] = []
  let [events, found] = [0, 0]
  for await (const step of inspect(store).verify()) {
    events += step.events
    found += step.findings.length
    findings.push(...step.findings.slice(0, mostFindings - findings.length))
    if (step.partition === 0 && step.of > 0) bar.show(step.position, step.of)
    if (run.io.stop.aborted) break
  }
  bar.end()
  return { events, found, findings }
}

async function tell(run: Run, log: VerifiedEvents, views: VerifiedViews | undefined): Promise<void> {
  const complete = !run.io.stop.aborted
  const { events, findings } = log
  const found = log.found + (views?.found ?? 0)
  if (found > 0 || !complete) run.exitCode = 1
  if (run.json) {
    const ofViews = views === undefined ? {} : { views: views.views, rows: views.rows }
    return printJson(run.io, { complete, events, found, findings, ...ofViews })
  }
  if (log.found > 0) await printFindings(run, findings)
  if (views !== undefined) await printViews(run, views)
  await printLines(run.io, `${events} events read, ${found} findings${complete ? '' : ', interrupted'}`)
}

function printFindings({ io }: Run, findings: readonly VerifyFinding[]): Promise<void> {
  return printTable(
    io,
    [
      { title: 'kind', text: ({ kind }) => kind },
      { title: 'partition', right: true, text: ({ partition }) => partition },
      { title: 'position', right: true, text: ({ position }) => position },
      { title: 'stream', text: ({ stream }) => stream },
      { title: 'what', text: ({ what }) => what },
    ],
    findings,
    '',
  )
}
