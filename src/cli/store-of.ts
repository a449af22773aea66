import { statSync } from 'node:fs'
import type { Command } from 'commander'
import { failure, isEventwrightError } from '../base/errors.ts'
import { quoted } from '../base/text.ts'
import type { BucketCounts } from '../ports/ownership.ts'
import type { Store, StoreAdapter } from '../ports/store.ts'
import type { Io } from './io.ts'
import { chosenStore, type ChosenStore, type StoreChoice } from './store-choice.ts'
import { withoutPassword } from './without-password.ts'

/** The adapter of the store that was chosen. Drivers are loaded when they are needed. Errors: those of `chosenStore`. */
export async function storeOf(command: Command, choice: StoreChoice, io: Io): Promise<StoreAdapter> {
  return adapterOf(chosenStore(command, choice, io))
}

/** Opens a store that must be there already: looking must not create one. Error: EW_CONFIG where there is none. */
export async function openExisting(command: Command, choice: StoreChoice, io: Io): Promise<Store> {
  const chosen = chosenStore(command, choice, io)
  if (chosen.kind === 'sqlite') assertFile(chosen.file)
  const adapter = await adapterOf(chosen, false)
  return adapter.open({ clock: io.clock }).catch((error: unknown) => {
    throw absentOr(error, adapter.name)
  })
}

/** The adapter of a store; `migrate` says whether opening may change the schema of a database. */
export async function adapterOf(chosen: ChosenStore, migrate = true): Promise<StoreAdapter> {
  if (chosen.kind === 'sqlite') {
    const { sqlite } = await import('../adapters/sqlite/index.ts')
    return sqlite(chosen.file)
  }
  const { postgres } = await import('../adapters/postgres/index.ts')
  const { url, schema, buckets } = chosen
  const counts = { projections: buckets, subscriptions: buckets, relay: buckets, sagas: buckets }
  const all = buckets === undefined ? {} : { buckets: counts as BucketCounts }
  return postgres(url, { migrate, ...all, ...(schema !== undefined && { schema }) })
}

/** Error: EW_CONFIG where there is no file with a store. */
export function assertFile(file: string): void {
  if (file === ':memory:') {
    throw failure('EW_CONFIG', 'A store in memory lives inside the process that runs it; there is nothing to look at.')
  }
  const size = statSync(file, { throwIfNoEntry: false })?.size
  const shown = quoted(withoutPassword(file), 300)
  if (size === undefined) throw failure('EW_CONFIG', `There is no file ${shown}, so there is no store.`)
  if (size === 0) throw failure('EW_CONFIG', `The file ${shown} is empty, so there is no store in it.`)
}

/** An older store may be migrated, and its error says how; one of format 0 was never made. */
export function absentOr(error: unknown, name: string): unknown {
  const isAbsent = isEventwrightError(error, 'EW_STORE_OLDER') && error.details?.['format'] === 0
  return isAbsent ? failure('EW_CONFIG', `There is no store in ${name}.`) : error
}
