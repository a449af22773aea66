import type { Command } from 'commander'
import { timestampOf } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { inspect } from '../../runtime/inspect.ts'
import { viewConsumer } from '../../runtime/views/table.ts'
import type { Run } from '../io.ts'
import { suggestion } from '../nearest.ts'
import { withJson, withStore } from '../options.ts'
import { printJson, printTable } from '../print.ts'
import { percent } from '../progress-bar.ts'
import type { StoreChoice } from '../store-choice.ts'
import { timeSpan } from '../time-span.ts'
import { withOpenStore } from '../with-open-store.ts'

/** The state of a generation, and what it waits for. */
export function shownState(state: string, waitsFor: 'refeed' | undefined): string {
  return waitsFor === undefined ? state : `${state}, waiting for ${waitsFor}`
}

/** `views status [view]`: every generation with how far it is and who works on it. Error: EW_VIEW_UNKNOWN. */
export function viewsStatusCommand(parent: Command, run: Run): void {
  const command = parent
    .command('status')
    .description('Shows every generation of a view, or of all views, with its progress.')
    .argument('[view]', 'the view; default: all')
  withJson(withStore(command)).action((view: string | undefined, choice: StoreChoice) =>
    withOpenStore(command, choice, run.io, async (store) => {
      const look = inspect(store)
      const all = await look.views()
      const names = [...new Set(all.map((build) => build.view))]
      if (view !== undefined && !names.includes(view)) {
        throw failure('EW_VIEW_UNKNOWN', `The store ${store.name} has no view "${view}". ${suggestion(view, names)}`)
      }
      const consumers = await look.consumers()
      const generations = all
        .filter((build) => view === undefined || build.view === view)
        .map(({ startedAtMs, ...build }) => {
          const fed = consumers.find(({ name }) => name === viewConsumer(build.view, build.generation))
          return { ...build, startedAt: timestampOf(startedAtMs), owners: fed?.owners ?? [] }
        })
      if (run.json) return printJson(run.io, generations)
      await printTable(
        run.io,
        [
          { title: 'view', text: (build) => build.view },
          { title: 'generation', right: true, text: ({ generation }) => generation },
          { title: 'version', right: true, text: ({ version }) => version },
          { title: 'state', text: ({ state, waitsFor }) => shownState(state, waitsFor) },
          { title: 'progress', right: true, text: ({ progress }) => percent(progress) },
          { title: 'left', right: true, text: ({ leftMs }) => (leftMs === undefined ? '' : timeSpan(leftMs)) },
          { title: 'position', right: true, text: ({ position }) => position },
          { title: 'lag', right: true, text: ({ lag }) => lag },
          { title: 'parked', right: true, text: ({ parkedKeys }) => parkedKeys },
          { title: 'owners', right: true, text: ({ owners }) => owners.length },
          { title: 'begun', text: ({ startedAt }) => startedAt },
        ],
        generations,
        'no views',
      )
    }),
  )
}
