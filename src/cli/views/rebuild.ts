import type { Command } from 'commander'
import { failure } from '../../base/errors.ts'
import { silentLog } from '../../base/log.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { Owned } from '../../design/graph.ts'
import type { AnySystem } from '../../design/system.ts'
import type { Store } from '../../ports/store.ts'
import type { Run } from '../io.ts'
import { suggestion } from '../nearest.ts'
import { withJson, withStore, withSystem } from '../options.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import { progressBar } from '../progress-bar.ts'
import { openExisting, type StoreChoice } from '../store-of.ts'
import { systemOf } from '../system-of.ts'
import { rebuilding, type Rebuilding } from './rebuilding.ts'

const lookEveryMs = 100

/**
 * `views rebuild <view>`: builds a view anew beside the live one and swaps it in. Works beside processes that run the
 * system, which share the work and see the swap, and without any. Interrupted, it leaves the new generation to them.
 */
export function viewsRebuildCommand(parent: Command, run: Run): void {
  const command = parent
    .command('rebuild')
    .description('Builds a view anew beside the live one and swaps it in.')
    .argument('<view>', 'the view')
  withJson(withStore(withSystem(command))).action(async (view: string, choice: StoreChoice & { system: string }) => {
    const { io } = run
    const system = await systemOf(choice.system, io)
    const owned = projectionNamed(system, view)
    const store = await openExisting(command, choice, io)
    const work = await assertNotOlder(store, owned.definition)
      .then(() => rebuilding(system, owned, store, { clock: io.clock, log: silentLog }))
      .catch(closing(store))
    let finished = false
    try {
      finished = await untilDone(run, view, work)
    } finally {
      await work.close()
    }
    if (!finished) run.exitCode = 1
    const { generation } = work
    if (run.json) return printJson(io, { view, generation, finished })
    const what = finished ? 'is in use' : 'is not finished; a process that runs the system goes on with it'
    await printLines(io, printable(`${view}: generation ${generation} ${what}`))
  })
}

async function untilDone(run: Run, view: string, work: Rebuilding): Promise<boolean> {
  const bar = progressBar(run, `building ${printable(view)}`)
  try {
    while (!run.io.stop.aborted) {
      const { position, of, done } = await work.look()
      bar.show(position, of)
      if (done) return true
      await run.io.clock.sleep(lookEveryMs, run.io.stop)
    }
    return false
  } finally {
    bar.end()
  }
}

function projectionNamed(system: AnySystem, view: string): Owned<AnyProjection> {
  const owned = system.graph.projections.get(view)
  if (owned === undefined) {
    const hint = suggestion(view, [...system.graph.projections.keys()])
    throw failure('EW_VIEW_UNKNOWN', `The system ${system.name} has no view "${view}". ${hint}`)
  }
  if (owned.definition.mode !== 'live') return owned
  throw failure('EW_VIEW_UNKNOWN', `The view ${view} is live: it is built anew whenever a process starts.`)
}

/** A generation of an older release is never swapped in over a newer one, so there would be no end. */
async function assertNotOlder(store: Store, { name, version }: AnyProjection): Promise<void> {
  const active = (await store.builds.list(name)).find(({ state }) => state === 'active')
  if (active === undefined || active.version <= version) return
  throw failure(
    'EW_CONFIG',
    `The view ${name} is in use in version ${active.version}, and this system declares version ${version}.`,
  )
}

function closing(store: Store): (error: unknown) => Promise<never> {
  return async (error) => {
    await store.close()
    throw error
  }
}
