import type { Command } from 'commander'
import { failure } from '../../base/errors.ts'
import type { AnySystem } from '../../design/system.ts'
import { rebuildView, type Rebuilt } from '../../runtime/views/rebuild.ts'
import type { Run } from '../io.ts'
import { suggestion } from '../nearest.ts'
import { noted, withReasonIfAny, type Reason } from '../noted-order.ts'
import { withJson, withStore, withSystem } from '../options.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import { progressBar } from '../progress-bar.ts'
import type { StoreChoice } from '../store-choice.ts'
import { openExisting } from '../store-of.ts'
import { systemOf } from '../system-of.ts'
import { withViewsOf, withViewsUrl, type ViewsChoice } from '../views-choice.ts'

interface Options extends StoreChoice, ViewsChoice, Reason {
  readonly system: string
}

/**
 * `views rebuild <view>`: builds a view anew beside the live one and swaps it in. Works beside processes that run the
 * system, which share the work and see the swap, and without any. Interrupted, it leaves the new generation to them.
 */
export function viewsRebuildCommand(parent: Command, run: Run): void {
  const command = parent
    .command('rebuild')
    .description('Builds a view anew beside the live one and swaps it in.')
    .argument('<view>', 'the view')
  withReasonIfAny(withJson(withViewsUrl(withStore(withSystem(command))))).action(
    async (view: string, choice: Options) => {
      const { io } = run
      const system = await systemOf(choice.system, io)
      assertNamed(system, view)
      const { generation, finished } = await noted(
        { command, choice, run },
        { what: 'rebuild view', of: view },
        choice,
        () => rebuilt(command, run, system, view, choice),
        (build) => `Generation ${build.generation} is ${build.finished ? 'in use' : 'still being built'}.`,
      )
      if (!finished) run.exitCode = 1
      if (run.json) return printJson(io, { view, generation, finished })
      const what = finished ? 'is in use' : 'is not finished; a process that runs the system goes on with it'
      await printLines(io, printable(`${view}: generation ${generation} ${what}`))
    },
  )
}

async function rebuilt(command: Command, run: Run, system: AnySystem, view: string, choice: Options): Promise<Rebuilt> {
  const { clock, stop: signal } = run.io
  const store = await withViewsOf(await openExisting(command, choice, run.io), system.graph, choice, run.io)
  const bar = progressBar(run, `building ${printable(view)}`)
  try {
    return await rebuildView(system, view, store, { clock, signal, onProgress: (at) => bar.show(at.position, at.of) })
  } finally {
    bar.end()
  }
}

/** Error: EW_VIEW_UNKNOWN, with what may have been meant. */
export function assertNamed(system: AnySystem, view: string): void {
  const known = system.graph.projections
  if (known.has(view)) return
  const hint = suggestion(view, [...known.keys()])
  throw failure('EW_VIEW_UNKNOWN', `The system ${system.name} has no view "${view}". ${hint}`)
}
