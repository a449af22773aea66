import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { failure } from '../base/errors.ts'
import { quoted } from '../base/text.ts'
import type { Io } from './io.ts'
import { withoutPassword } from './without-password.ts'

/** What a command was told about the store. */
export interface StoreChoice {
  readonly store?: string
  readonly schema?: string
}

/** The store that was chosen; the file is absolute, or `:memory:`. */
export type ChosenStore =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema?: string; readonly buckets?: number }

/**
 * The store that `--store` or EVENTWRIGHT_STORE names: a path, a `file:` URL, `:memory:` or a `postgres:` URL, for which
 * `--schema` or EVENTWRIGHT_SCHEMA names the schema and EVENTWRIGHT_BUCKETS the number of buckets. A missing
 * choice is a usage error, a schema for a file too;
 * EW_CONFIG for a store that this release does not know.
 */
export function chosenStore(command: Command, { store, schema }: StoreChoice, { env, folder }: Io): ChosenStore {
  const choice = store || env['EVENTWRIGHT_STORE'] || missing(command)
  if (/^postgres(?:ql)?:/i.test(choice)) {
    const named = schema ?? (env['EVENTWRIGHT_SCHEMA'] || undefined)
    const buckets = env['EVENTWRIGHT_BUCKETS'] ? Number(env['EVENTWRIGHT_BUCKETS']) : undefined
    const given = { ...(named !== undefined && { schema: named }), ...(buckets !== undefined && { buckets }) }
    return { kind: 'postgres', url: choice, ...given }
  }
  if (schema !== undefined)
    command.error('error: --schema is for a store in PostgreSQL, and a SQLite file has none', {
      code: 'eventwright.schema',
    })
  return { kind: 'sqlite', file: fileOf(choice, folder) }
}

function missing(command: Command): never {
  return command.error('error: no store: use --store FILE, --store postgres://… or set EVENTWRIGHT_STORE', {
    code: 'eventwright.store',
  })
}

function fileOf(choice: string, folder: string): string {
  if (choice === ':memory:') return choice
  if (choice.includes('\0') || !choice.isWellFormed() || choice.length > 4_096)
    throw failure('EW_CONFIG', `The store ${quoted(withoutPassword(choice))} cannot be a path.`)
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(choice)?.[1]?.toLowerCase()
  if (scheme === undefined) return resolve(folder, choice)
  if (scheme === 'file') return pathOfUrl(choice)
  throw failure(
    'EW_CONFIG',
    `"${scheme}" is no store; --store takes the path of a SQLite file, :memory: or a postgres:// URL.`,
  )
}

function pathOfUrl(choice: string): string {
  try {
    return fileURLToPath(choice)
  } catch (cause) {
    throw failure('EW_CONFIG', `The store ${quoted(withoutPassword(choice))} is no URL of a file.`, { cause })
  }
}
