import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { compareLock, lockOf, type LockComparison } from '../design/lock-file.ts'
import type { AnySystem } from '../design/system.ts'
import type { Io } from './io.ts'
import { systemPath } from './system-of.ts'

/** How a design and its lock file go together. */
export interface LockState extends LockComparison {
  readonly path: string
  /** False when nothing was released yet. */
  readonly exists: boolean
}

/** Compares a system with the lock file beside its module, or with the one that is named. Error: EW_LOCK_FILE. */
export function lockState(system: AnySystem, file: string, named: string | undefined, io: Io): LockState {
  const beside = join(dirname(systemPath(file, io)), 'eventwright.lock.json')
  const path = named === undefined ? beside : resolve(io.folder, named)
  const exists = existsSync(path)
  return { path, exists, ...compareLock(exists ? readFileSync(path, 'utf8') : undefined, lockOf(system)) }
}
