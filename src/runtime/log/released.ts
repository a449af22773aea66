import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { failure, isEventwrightError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { channelMessages } from '../../design/channel-messages.ts'
import { compareLock, lockOf, publishedNumbers, type LockComparison } from '../../design/lock-file.ts'
import { protobufDeclarations } from '../../design/lock-protobuf.ts'
import type { AnySystem } from '../../design/system.ts'
import type { ProtobufNumbers } from '../../schema/protobuf/member.ts'

/** How a design and its lock file go together. */
export interface LockState extends LockComparison {
  readonly path: string
  /** False when nothing was released yet. */
  readonly exists: boolean
}

/**
 * Compares a system with a lock file, which need not exist. Errors: EW_LOCK_FILE for a text that is no lock file,
 * EW_CONFIG for a file that cannot be read.
 */
export async function lockState(system: AnySystem, file: string | URL): Promise<LockState> {
  const path = pathOf(file)
  const stored = await textOf(path)
  const channels = channelMessages(system.graph, new Set(system.graph.services.keys()))
  const comparison = compareLock(stored, lockOf(system), protobufDeclarations(system), channels)
  return { path, exists: stored !== undefined, ...comparison }
}

/**
 * Refuses, in production, a released event version that was changed and a file that is no lock file: EW_LOCK_FILE; in
 * development both are warnings. Error in either mode: EW_CONFIG for a file that is absent or cannot be read.
 */
export async function assertReleased(
  system: AnySystem,
  file: string | URL,
  { mode, log }: { readonly mode: 'dev' | 'production'; readonly log: Log },
): Promise<void> {
  try {
    const { path, exists, findings, changed } = await lockState(system, file)
    // Without it nothing would be guarded, and nobody would notice: a release often forgets a file that is no code.
    if (!exists) throw failure('EW_CONFIG', `There is no lock file ${path}; eventwright check --write makes it.`)
    if (findings.length > 0) {
      const list = findings.map(({ where, what }) => `${where}: ${what}`).join('\n')
      throw failure('EW_LOCK_FILE', `${path} does not allow this design:\n${list}\n`, { details: { path, findings } })
    }
    if (changed && mode === 'production')
      log.warn('the lock file is behind the design; eventwright check --write brings it up', { path })
  } catch (error) {
    if (mode === 'production' || !isEventwrightError(error, 'EW_LOCK_FILE')) throw error
    log.warn('in production this design would not start', { error })
  }
}

/** The numbers of Protobuf fields that a lock file holds; none where there is no file. Errors as `lockState`. */
export async function numbersOf(file: string | URL): Promise<ProtobufNumbers> {
  const stored = await textOf(pathOf(file))
  return stored === undefined ? {} : publishedNumbers(stored)
}

function pathOf(file: string | URL): string {
  try {
    return file instanceof URL ? fileURLToPath(file) : resolve(file)
  } catch (cause) {
    throw failure('EW_CONFIG', 'lockFile is neither a path nor a file: URL.', { cause })
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw failure('EW_CONFIG', `The lock file ${path} cannot be read.`, { cause })
  }
}
