import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** What is kept of a service from one start to the next. */
export interface Kept {
  /** Its port; a server that takes several has those that follow. */
  readonly port: number
  readonly password: string
  /** Where data and log lie; elsewhere than the record when the server's user cannot reach that. */
  readonly home: string
}

/** The file that a command locks while it starts or stops the service. */
export const lockOf = (folder: string, name: string): string => join(resolve(folder), `${name}.lock`)

/** What an earlier start has kept; undefined before the first. */
export function readKept(folder: string, name: string): Kept | undefined {
  const record = recordOf(folder, name)
  return existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as Kept) : undefined
}

/** Keeps it, and gives it back. */
export function keep(folder: string, name: string, kept: Kept): Kept {
  const temporary = `${recordOf(folder, name)}.new`
  writeFileSync(temporary, JSON.stringify(kept), { mode: 0o600 })
  renameSync(temporary, recordOf(folder, name))
  return kept
}

/** A password that nobody guesses. */
export const newPassword = (): string => randomBytes(18).toString('base64url')

const recordOf = (folder: string, name: string): string => join(resolve(folder), `${name}.json`)
