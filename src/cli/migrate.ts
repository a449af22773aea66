import type { Command } from 'commander'
import type { PendingMigrations } from '../adapters/sql/pending-migrations.ts'
import { failure } from '../base/errors.ts'
import type { Io, Run } from './io.ts'
import { withJson, withStore } from './options.ts'
import { printJson, printLines } from './print.ts'
import { printable } from './printable.ts'
import { chosenStore, type ChosenStore, type StoreChoice } from './store-choice.ts'
import { adapterOf } from './store-of.ts'

interface Options extends StoreChoice {
  readonly dryRun?: boolean
}

/**
 * `migrate`: brings a store to the format of this release, and makes one where there is none. May run beside processes
 * of an older release: migrations only add.
 */
export function migrateCommand(parent: Command, run: Run): void {
  const command = parent
    .command('migrate')
    .description('Brings a store to the format of this release, or makes it.')
    .option('--dry-run', 'print the SQL that would run, and change nothing')
  withJson(withStore(command)).action(async ({ dryRun = false, ...choice }: Options) => {
    const { io } = run
    const chosen = chosenStore(command, choice, io)
    const pending = await pendingOf(chosen, io)
    if (!dryRun && pending.statements.length > 0) await migrate(chosen, io)
    if (run.json) return printJson(io, { ...pending, migrated: !dryRun && pending.statements.length > 0 })
    await printLines(io, ...(dryRun ? scriptOf(pending) : [told(pending)]))
  })
}

async function pendingOf(chosen: ChosenStore, { clock }: Io): Promise<PendingMigrations> {
  if (chosen.kind === 'sqlite') {
    if (chosen.file === ':memory:')
      throw failure(
        'EW_CONFIG',
        'A store in memory lives inside the process that runs it; there is nothing to migrate.',
      )
    const { pendingSqlite } = await import('../adapters/sqlite/upkeep.ts')
    return pendingSqlite(chosen.file, clock)
  }
  const { pendingPostgres } = await import('../adapters/postgres/upkeep.ts')
  const { url, schema } = chosen
  return pendingPostgres(url, schema === undefined ? {} : { schema })
}

/** Opening a store migrates it, under the lock that lets several processes start at once. */
async function migrate(chosen: ChosenStore, { clock }: Io): Promise<void> {
  const store = await (await adapterOf(chosen)).open({ clock })
  await store.close()
}

function told({ store, format, newestFormat, statements }: PendingMigrations): string {
  if (statements.length === 0) return printable(`${store} has format ${format}, the newest; nothing to do`)
  const what = format === 0 ? `made, with format ${newestFormat}` : `brought from format ${format} to ${newestFormat}`
  return printable(`${store} was ${what}`)
}

/** What psql and sqlite3 can run as it is. */
function scriptOf({ store, format, newestFormat, statements }: PendingMigrations): readonly string[] {
  if (statements.length === 0) return [printable(`-- ${store} has format ${format}, the newest; nothing to do`)]
  const title = printable(`-- ${store}: from format ${format} to ${newestFormat}`)
  return [title, 'begin;', ...statements, 'commit;']
}
