import { spawn } from 'node:child_process'
import type { SpawnOptions } from 'node:child_process'

/** How a process ended: its exit code, and whether it was ended because its time was over. */
export interface Ended {
  readonly code: number
  readonly isLate: boolean
  /** What it printed, when its output was piped. */
  readonly said: Buffer
}

/**
 * Runs Node in a process group of its own and ends the whole group with it: what it has left behind would otherwise
 * keep its output open, and whoever reads that would wait for ever. A signal to this process ends the group too.
 */
export function runGroup(args: readonly string[], options: SpawnOptions, longestMs?: number): Promise<Ended> {
  const child = spawn(process.execPath, args, { ...options, detached: true })
  const said: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => said.push(chunk))
  let isLate = false
  const kill = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-child.pid!, signal)
    } catch {
      // Nobody of the group is left.
    }
  }
  const end = (): void => (kill('SIGTERM'), void setTimeout(() => kill('SIGKILL'), 5_000).unref())
  const late = (): void => ((isLate = true), kill('SIGKILL'))
  const timer = longestMs === undefined ? undefined : setTimeout(late, longestMs)
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
  for (const signal of signals) process.once(signal, end)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', () => kill('SIGKILL'))
    child.on('close', (code) => {
      clearTimeout(timer)
      for (const signal of signals) process.off(signal, end)
      resolve({ code: code ?? 1, isLate, said: Buffer.concat(said) })
    })
  })
}
