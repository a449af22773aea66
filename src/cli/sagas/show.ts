import type { Command } from 'commander'
import { failure } from '../../base/errors.ts'
import { inspect } from '../../runtime/inspect.ts'
import type { Run } from '../io.ts'
import { withJson, withStore } from '../options.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import type { StoreChoice } from '../store-choice.ts'
import { withOpenStore } from '../with-open-store.ts'

/** `sagas show <instance>`: what happened to an instance, in order. Error: EW_SAGA_UNKNOWN. */
export function sagasShowCommand(parent: Command, run: Run): void {
  const command = parent
    .command('show')
    .description('Prints the timeline of one instance.')
    .argument('<instance>', 'the instance as `sagas list` shows it, for example order-creation/42')
  withJson(withStore(command)).action((id: string, choice: StoreChoice) =>
    withOpenStore(command, choice, run.io, async (store) => {
      const story = await inspect(store).saga(id)
      if (story === undefined) throw failure('EW_SAGA_UNKNOWN', `The store has no instance ${JSON.stringify(id)}.`)
      if (run.json) return printJson(run.io, story)
      const { status, service, definitionVersion, timeline, dueAt } = story
      await printLines(run.io, printable(`${id}  ${status}  (${service}, version ${definitionVersion})`))
      for (const { version, recordedAt, text } of timeline)
        await printLines(run.io, printable(`${String(version).padStart(4)}  ${recordedAt}  ${text}`))
      if (dueAt !== undefined) await printLines(run.io, `      ${dueAt}  next look`)
    }),
  )
}
