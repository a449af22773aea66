import type { Command } from 'commander'
import { inspect } from '../runtime/inspect.ts'
import type { Run } from './io.ts'
import { withJson, withStore } from './options.ts'
import { printJson, printTable } from './print.ts'
import type { StoreChoice } from './store-choice.ts'
import { withOpenStore } from './with-open-store.ts'

/** `lag`: how far every consumer is behind the newest event. */
export function lagCommand(parent: Command, run: Run): void {
  const command = parent.command('lag').alias('consumers').description('Shows how far every consumer is behind.')
  withJson(withStore(command)).action((choice: StoreChoice) =>
    withOpenStore(command, choice, run.io, async (store) => {
      const consumers = await inspect(store).consumers()
      if (run.json) return printJson(run.io, consumers)
      await printTable(
        run.io,
        [
          { title: 'consumer', text: ({ name }) => name },
          { title: 'position', right: true, text: ({ position }) => position },
          { title: 'lag', right: true, text: ({ lag }) => lag },
          { title: 'owners', right: true, text: ({ owners }) => owners.length },
          { title: 'parked', right: true, text: ({ parkedKeys }) => parkedKeys },
        ],
        consumers,
        'no consumers',
      )
    }),
  )
}
