import type { Command } from 'commander'
import type { AnySystem } from '../../design/system.ts'
import type { Store } from '../../ports/store.ts'
import { inspect, type ViewReport } from '../../runtime/inspect.ts'
import { isElsewhere } from '../../runtime/views/apart.ts'
import { withFedBuilds } from '../../runtime/views/fed-builds.ts'
import { generationInUse } from '../../runtime/views/table.ts'
import type { Run } from '../io.ts'
import { withJson, withStore, withSystemIfAny } from '../options.ts'
import { printJson, printTable } from '../print.ts'
import type { StoreChoice } from '../store-choice.ts'
import { systemOf } from '../system-of.ts'
import { shownState } from './status.ts'
import { withViewsUrl, type ViewsChoice } from '../views-choice.ts'
import { withOpenStore } from '../with-open-store.ts'

/** One view: what is declared and what the store has of it. */
interface ViewLine {
  readonly view: string
  /** Known where the system is named. */
  readonly service?: string
  readonly mode?: string
  /** The generation that readers get: with the system those of this release, else those of the active one. */
  readonly generation?: number
  readonly version?: number
  readonly state: string
  readonly position?: number
  readonly lag?: number
  readonly parkedKeys?: number
}

/** `views list`: one line a view. */
export function viewsListCommand(parent: Command, run: Run): void {
  const command = parent.command('list').description('Lists the views of a store, one line each.')
  withJson(withViewsUrl(withStore(withSystemIfAny(command, 'its views are listed, built or not')))).action(
    async ({ system: file, ...choice }: StoreChoice & ViewsChoice & { readonly system?: string }) => {
      const system = file === undefined ? undefined : await systemOf(file, run.io)
      const work = async (store: Store): Promise<void> => {
        const views = await viewLines(store, system)
        if (run.json) return printJson(run.io, views)
        await printTable(
          run.io,
          [
            { title: 'view', text: ({ view }) => view },
            ...(system === undefined
              ? []
              : [
                  { title: 'service', text: ({ service }: ViewLine) => service ?? '' },
                  { title: 'mode', text: ({ mode }: ViewLine) => mode ?? '' },
                ]),
            { title: 'state', text: ({ state }) => state },
            { title: 'generation', right: true, text: ({ generation }) => generation ?? '' },
            { title: 'version', right: true, text: ({ version }) => version ?? '' },
            { title: 'position', right: true, text: ({ position }) => position ?? '' },
            { title: 'lag', right: true, text: ({ lag }) => lag ?? '' },
            { title: 'parked', right: true, text: ({ parkedKeys }) => parkedKeys ?? '' },
          ],
          views,
          'no views',
        )
      }
      await withOpenStore(command, choice, run.io, work, system?.graph)
    },
  )
}

async function viewLines(store: Store, system: AnySystem | undefined): Promise<readonly ViewLine[]> {
  const own = system === undefined ? store : withFedBuilds(system.graph, store)
  const byView = Map.groupBy(await inspect(own).views(), ({ view }) => view)
  if (system === undefined) {
    return [...byView].map(([view, builds]) =>
      lineOf(view, builds.find(({ state }) => state === 'active') ?? builds.at(-1)),
    )
  }
  const declared = [...system.graph.projections.values()].map(({ definition: { name, mode, identity }, service }) => {
    const builds = byView.get(name) ?? []
    const known = generationInUse(builds, identity)
    const build = builds.find(({ generation }) => generation === known?.generation)
    return { ...lineOf(name, build, absent(mode, builds)), service, mode }
  })
  const names = new Set(system.graph.projections.keys())
  const others = [...byView].filter(([view]) => !names.has(view))
  return [...declared, ...others.map(([view, builds]) => lineOf(view, builds.at(-1)))]
}

function absent(mode: string, builds: readonly ViewReport[]): string {
  if (mode === 'live') return 'in the memory of its process'
  if (builds.some((build) => build.state === 'active' && isElsewhere(build))) return 'in another database'
  return builds.length > 0 ? 'not built by this release' : 'not built'
}

function lineOf(view: string, build: ViewReport | undefined, none = 'not built'): ViewLine {
  if (build === undefined) return { view, state: none }
  const { generation, version, state, waitsFor, position, lag, parkedKeys } = build
  return { view, generation, version, state: shownState(state, waitsFor), position, lag, parkedKeys }
}
