import type { Command } from 'commander'
import { inspect } from '../../runtime/inspect.ts'
import type { PlannedReplay, ReplayPlan } from '../../runtime/parking/replay-plan.ts'
import { graphOf } from '../graph-of.ts'
import type { Run } from '../io.ts'
import { printJson, printLines, printTable, say } from '../print.ts'
import { printable } from '../printable.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'
import { sayWhoActs, withProgress, type ManyOptions } from './orders.ts'

interface Planned extends ManyOptions {
  readonly consumer: string
  readonly key: string | undefined
  readonly force: boolean
}

/** Prints what a replay would do. Exit code 1 where it would come to nothing for one of the letters at least. */
export async function plannedReplay(
  command: Command,
  run: Run,
  system: string | undefined,
  choice: StoreChoice,
  { consumer, key, force, code, type }: Planned,
): Promise<void> {
  const graph = await graphOf(system, run.io)
  await withOpenStore(command, choice, run.io, async (store) => {
    const { deadLetters } = inspect(store, undefined, undefined, graph)
    const plan = await withProgress(
      run,
      'reading',
      consumer,
      { ...(code && { code }), ...(type && { type }) },
      (many) => deadLetters.planReplay({ ...many, force, mostRead: Infinity, ...(key !== undefined && { key }) }),
    )
    if (plan.replayed === 0 || plan.unreadable > 0) run.exitCode = 1
    if (run.json) return printJson(run.io, plan)
    await printPlan(run, plan)
    await sayWhoActs(run, store, consumer)
    if (graph === undefined) await say(run, 'Whether a release can read them is told with --system.')
  })
}

async function printPlan({ io }: Run, { items, ...plan }: ReplayPlan): Promise<void> {
  const { handler, replayed, letters, behind, inVain, replaying, unreadable } = plan
  await printTable(
    io,
    [
      { title: 'key', text: ({ key }) => key },
      { title: 'type', text: ({ type }) => type ?? '' },
      { title: 'version', right: true, text: ({ schemaVersion }) => schemaVersion ?? '' },
      { title: 'behind', right: true, text: (letter) => letter.behind },
      { title: 'failed by', text: ({ code }) => code },
      { title: 'would be', text: fateOf },
    ],
    items,
    'there are no dead letters',
  )
  if (items.length < letters) await printLines(io, `… and ${letters - items.length} more`)
  const by = handler === undefined ? '' : ` by the ${handler.kind} ${handler.name} of ${handler.service}`
  const left = [
    ...(inVain > 0 ? [`${inVain} were replayed in vain three times and are left alone; see --force`] : []),
    ...(replaying > 0 ? [`a replay of ${replaying} is under way already`] : []),
    ...(unreadable > 0 ? [`${unreadable} cannot be read by this release and would stay dead letters`] : []),
  ]
  const lines = [`would replay ${replayed} of ${letters}${by}, then ${behind} behind them; nothing was done`, ...left]
  await printLines(io, ...lines.map((line) => printable(line)))
}

function fateOf({ verdict, problem }: PlannedReplay): string {
  if (problem !== undefined) return `unreadable: ${problem}`.slice(0, 300)
  return verdict === 'in vain' ? 'left alone' : verdict === 'replaying' ? 'replayed already' : 'replayed'
}
