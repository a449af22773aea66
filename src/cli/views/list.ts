import type { Command } from 'commander'
import type { AnySystem } from '../../design/system.ts'
import type { Store } from '../../ports/store.ts'
import { inspect, type ViewReport } from '../../runtime/inspect.ts'
import { generationInUse } from '../../runtime/views/table.ts'
import type { Run } from '../io.ts'
import { withJson, withStore, withSystemIfAny } from '../options.ts'
import { printJson, printTable } from '../print.ts'
import type { StoreChoice } from '../store-choice.ts'
import { systemOf } from '../system-of.ts'
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
  withJson(withStore(withSystemIfAny(command, 'its views are listed, built or not'))).action(
    ({ system, ...choice }: StoreChoice & { readonly system?: string }) =>
      withOpenStore(command, choice, run.io, async (store) => {
        const views = await viewLines(store, system === undefined ? undefined : await systemOf(system, run.io))
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
      }),
  )
}

async function viewLines(store: Store, system: AnySystem | undefined): Promise<readonly ViewLine[]> {
  const byView = Map.groupBy(await inspect(store).views(), ({ view }) => view)
  if (system === undefined) {
    return [...byView].map(([view, builds]) =>
      lineOf(view, builds.find(({ state }) => state === 'active') ?? builds.at(-1)),
    )
  }
  const declared = [...system.graph.projections.values()].map(({ definition: { name, mode, identity }, service }) => {
    const builds = byView.get(name) ?? []
    const known = generationInUse(builds, identity)
    const build = builds.find(({ generation }) => generation === known?.generation)
    const absent =
      mode === 'live' ? 'in the memory of its process' : builds.length > 0 ? 'not built by this release' : 'not built'
    return { ...lineOf(name, build, absent), service, mode }
  })
  const names = new Set(system.graph.projections.keys())
  const others = [...byView].filter(([view]) => !names.has(view))
  return [...declared, ...others.map(([view, builds]) => lineOf(view, builds.at(-1)))]
}

function lineOf(view: string, build: ViewReport | undefined, absent = 'not built'): ViewLine {
  if (build === undefined) return { view, state: absent }
  const { generation, version, state, position, lag, parkedKeys } = build
  return { view, generation, version, state, position, lag, parkedKeys }
}
