import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { failure } from '../base/errors.ts'
import { quoted } from '../base/text.ts'
import type { AnySystem } from '../design/system.ts'
import type { Io } from './io.ts'

/** The path of a system's module. Error: EW_CONFIG when there is no such file. */
export function systemPath(file: string, { folder }: Io): string {
  const path = file.includes('\0') || file.length > 4_096 ? undefined : resolve(folder, file)
  if (path !== undefined && isFile(path)) return path
  throw failure('EW_CONFIG', `There is no file ${quoted(file, 300)} with a system in it.`)
}

/**
 * Loads a system's module and answers its default export, its export `system`, or the only system among its exports.
 * Error: EW_CONFIG when there is none; what the module itself throws, EW_COMPOSITION above all, comes through.
 */
export async function systemOf(file: string, io: Io): Promise<AnySystem> {
  const path = systemPath(file, io)
  const module = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>
  const named = [module['default'], module['system']].find(isSystem)
  if (named !== undefined) return named
  const systems = Object.values(module).filter(isSystem)
  if (systems.length === 1) return systems[0]!
  const exports = Object.keys(module).join(', ') || 'nothing'
  const what = systems.length === 0 ? 'no system' : 'several systems'
  throw failure(
    'EW_CONFIG',
    `The module ${path} exports ${what} (it exports: ${exports}); write export default system(…).`,
  )
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function isSystem(value: unknown): value is AnySystem {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'system' && 'graph' in value
}
