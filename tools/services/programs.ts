import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A program that a service needs is not on this machine. */
export class MissingProgram extends Error {
  readonly program: string

  constructor(program: string, sentence: string) {
    super(sentence)
    this.name = 'MissingProgram'
    this.program = program
  }
}

const limitMs = 600_000

/** Where a program lies; undefined when no folder of PATH has it. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

/** Whether the file can be run. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Runs a program to its end and gives its output; what it complained of is in the error when it failed. */
export function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): string {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
    })
  } catch (error) {
    const { stderr, stdout, message } = error as { stderr?: string; stdout?: string; message: string }
    const said = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(0, 8).join('\n')
    throw new Error(said === '' ? message : `${command} ${args[0] ?? ''} has failed: ${said}`, { cause: error })
  }
}
