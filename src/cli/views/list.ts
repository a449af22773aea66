import type { Command } from 'commander'
import type { Run } from '../io.ts'
import { inspect } from '../../runtime/inspect.ts'
import { withJson, withStore } from '../options.ts'
import { printJson, printTable } from '../print.ts'
import type { StoreChoice } from '../store-of.ts'
import { withOpenStore } from '../with-open-store.ts'

/** `views list`: every generation of every view, with how far it is. */
export function viewsListCommand(parent: Command, run: Run): void {
  const command = parent.command('list').description('Lists the views of a store, with how far each one is.')
  withJson(withStore(command)).action((choice: StoreChoice) =>
    withOpenStore(command, choice, run.io, async (store) => {
      const views = await inspect(store).views()
      if (run.json) return printJson(run.io, views)
      await printTable(
        run.io,
        [
          { title: 'view', text: ({ view }) => view },
          { title: 'generation', right: true, text: ({ generation }) => generation },
          { title: 'version', right: true, text: ({ version }) => version },
          { title: 'state', text: ({ state }) => state },
          { title: 'position', right: true, text: ({ position }) => position },
          { title: 'parked', right: true, text: ({ parkedKeys }) => parkedKeys },
        ],
        views,
        'no views',
      )
    }),
  )
}
