import { renameSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Command } from 'commander'
import { lockState } from '../runtime/log/released.ts'
import type { Run } from './io.ts'
import { lockPath } from './lock-beside.ts'
import { withJson, withSystem } from './options.ts'
import { printJson, printLines } from './print.ts'
import { printable } from './printable.ts'
import { systemOf } from './system-of.ts'

interface Options {
  readonly system: string
  readonly lock?: string
  readonly write?: boolean
}

/**
 * `check`: loads the design, which finds everything that does not fit together, and compares its events with the
 * released ones in the lock file. Exit code 1 when a released version was changed, or the lock file is behind and
 * `--write` was not given; with findings nothing is written.
 */
export function checkCommand(parent: Command, run: Run): void {
  const command = parent
    .command('check')
    .description('Checks a design, and its events against the released ones in the lock file.')
    .option('--lock <file>', 'the lock file (default: eventwright.lock.json beside the module)')
    .option('--write', 'add new events, versions and Protobuf numbers to the lock file')
  withJson(withSystem(command)).action(async ({ system: file, lock, write = false }: Options) => {
    const system = await systemOf(file, run.io)
    const { path, findings, text, changed } = await lockState(system, lockPath(file, lock, run.io))
    const written = write && changed && findings.length === 0
    if (written) replaceFile(path, text)
    const behind = changed && !written
    if (findings.length > 0 || behind) run.exitCode = 1
    const { name, graph } = system
    const counts = Object.fromEntries(
      Object.entries(graph).map(([what, { size }]: [string, { readonly size: number }]) => [what, size]),
    )
    if (run.json) return printJson(run.io, { system: name, counts, lock: path, findings, behind, written })
    for (const { code, where, what, remedy } of findings) {
      await printLines(run.io, printable(`${code}  ${where}: ${what} ${remedy}`))
    }
    const parts = Object.entries(counts).flatMap(([what, size]) => (size > 0 ? [counted(size, what)] : []))
    const state = written ? 'was written' : behind ? 'is behind; run check --write' : 'is up to date'
    await printLines(
      run.io,
      printable(`${name}: ${parts.join(', ')}`),
      printable(`${relative(run.io.folder, path)} ${state}`),
    )
  })
}

/** `1 saga`, `2 processes`, `3 derived channels`. */
function counted(size: number, what: string): string {
  const many = what.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return `${size} ${size === 1 ? many.replace(/(?<=ss)es$|s$/, '') : many}`
}

/** A reader never meets half a file. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}
