import { dirname, join, resolve } from 'node:path'
import type { Io } from './io.ts'
import { systemPath } from './system-of.ts'

/** The path of the lock file that is named, or of the one beside the module of a system. Error: EW_CONFIG. */
export function lockPath(file: string, named: string | undefined, io: Io): string {
  if (named !== undefined) return resolve(io.folder, named)
  return join(dirname(systemPath(file, io)), 'eventwright.lock.json')
}
