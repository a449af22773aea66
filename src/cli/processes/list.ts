import type { Command } from 'commander'
import { Processes } from '../../console/processes.ts'
import { inspect } from '../../runtime/inspect.ts'
import { graphOf } from '../graph-of.ts'
import type { Run } from '../io.ts'
import { withJson, withStore, withSystemIfAny } from '../options.ts'
import { printJson, printTable } from '../print.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'

/**
 * `processes list`: who works on a store, and who let a lease run out that nobody has taken. Whom others have replaced
 * is known to a console that has looked meanwhile, and not here.
 */
export function processesListCommand(parent: Command, run: Run): void {
  const command = parent
    .command('list')
    .description('Lists the processes that work on a store, those first that have fallen silent.')
  withJson(withStore(withSystemIfAny(command, 'only consumers that it declares count'))).action(
    async ({ system, ...choice }: StoreChoice & { readonly system?: string }) => {
      const graph = await graphOf(system, run.io)
      await withOpenStore(command, choice, run.io, async (store) => {
        const { consumers, declares, now } = inspect(store, undefined, undefined, graph)
        const reports = (await consumers()).filter(({ name }) => declares(name))
        const processes = new Processes().look(reports, await now())
        if (run.json) return printJson(run.io, processes)
        await printTable(
          run.io,
          [
            { title: 'process', text: ({ process }) => process },
            { title: 'state', text: ({ state }) => state },
            { title: 'silent since', text: ({ silentSinceAt }) => silentSinceAt ?? '' },
            { title: 'holds', right: true, text: ({ holds }) => holds.length },
            { title: 'waits for it', text: ({ leaves }) => leaves.join(', ') },
          ],
          processes,
          'nobody works on this store',
        )
      })
    },
  )
}
