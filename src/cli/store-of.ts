import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { failure } from '../base/errors.ts'
import { quoted } from '../base/text.ts'
import type { Store, StoreAdapter } from '../ports/store.ts'
import type { Io } from './io.ts'

/** What a command was told about the store. */
export interface StoreChoice {
  readonly store?: string
}

/**
 * The adapter that `--store` or EVENTWRIGHT_STORE names: a path, a `file:` URL or `:memory:`. Drivers are loaded when
 * they are needed. A missing choice is a usage error; EW_CONFIG for a store that this release does not know.
 */
export async function storeOf(command: Command, { store }: StoreChoice, io: Io): Promise<StoreAdapter> {
  const { sqlite } = await import('../adapters/sqlite/index.ts')
  return sqlite(fileOf(chosen(command, store, io), io))
}

/** Opens a store that must be there already: looking must not create one. Error: EW_CONFIG where there is none. */
export async function openExisting(command: Command, { store }: StoreChoice, io: Io): Promise<Store> {
  const choice = chosen(command, store, io)
  const file = fileOf(choice, io)
  if (file === ':memory:') {
    throw failure('EW_CONFIG', 'A store in memory lives inside the process that runs it; there is nothing to look at.')
  }
  const size = statSync(file, { throwIfNoEntry: false })?.size
  if (size === undefined) throw failure('EW_CONFIG', `There is no file ${quoted(file, 300)}, so there is no store.`)
  if (size === 0) throw failure('EW_CONFIG', `The file ${quoted(file, 300)} is empty, so there is no store in it.`)
  const adapter = await storeOf(command, { store: choice }, io)
  return adapter.open({ clock: io.clock })
}

function chosen(command: Command, store: string | undefined, { env }: Io): string {
  const choice = store ?? env['EVENTWRIGHT_STORE']
  if (choice !== undefined && choice !== '') return choice
  return command.error('error: no store: use --store FILE or set EVENTWRIGHT_STORE', { code: 'eventwright.store' })
}

function fileOf(choice: string, { folder }: Io): string {
  if (choice === ':memory:') return choice
  if (choice.includes('\0') || !choice.isWellFormed() || choice.length > 4_096) {
    throw failure('EW_CONFIG', `The store ${quoted(choice)} cannot be a path.`)
  }
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(choice)?.[1]?.toLowerCase()
  if (scheme === undefined) return resolve(folder, choice)
  if (scheme === 'file') return pathOfUrl(choice)
  const what = /^postgres(ql)?$/.test(scheme)
    ? 'PostgreSQL is not supported by this release'
    : `"${scheme}" is no store`
  throw failure('EW_CONFIG', `${what}; --store takes the path of a SQLite file or :memory:.`)
}

function pathOfUrl(choice: string): string {
  try {
    return fileURLToPath(choice)
  } catch (cause) {
    throw failure('EW_CONFIG', `The store ${quoted(choice)} is no URL of a file.`, { cause })
  }
}
