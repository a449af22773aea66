import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Whether a process holds nothing any more, though its parent may not have taken note of its end. Its command line is
 * empty before that: a killed process loses its memory first, and its ports and the locks of its files later.
 */
export function isGone(pid: number): boolean {
  if (process.platform !== 'linux') return /^(Z|$)/.test(stateByPs(pid))
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Behind the name, which may hold anything, stand the state and, 17 fields later, the number of threads.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return /[ZX]/.test(fields[0] ?? '') && Number(fields[17]) <= 1
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return true
    throw error
  }
}

function stateByPs(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}
