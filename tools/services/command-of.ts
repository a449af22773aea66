import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The command line of a process; undefined when there is none, so that a pid that was given anew is told apart. */
export function commandOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}
