import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { compareLock, lockOf } from '../design/lock-file.ts'
import type { Run } from './io.ts'
import { withJson, withSystem } from './options.ts'
import { printJson, printLines } from './print.ts'
import { printable } from './printable.ts'
import { systemOf } from './system-of.ts'

interface Options {
  readonly system: string
  readonly lock: string
  readonly write?: boolean
}

/**
 * `check`: loads the design and compares its events with the released ones in the lock file. Exit code 1 when a
 * released version was changed, or the lock file is behind and `--write` was not given.
 */
export function checkCommand(parent: Command, run: Run): void {
  const command = parent
    .command('check')
    .description('Checks a design against the released events in its lock file.')
    .option('--lock <file>', 'the lock file', 'eventwright.lock.json')
    .option('--write', 'add new events and versions to the lock file')
  withJson(withSystem(command)).action(async ({ system: file, lock, write = false }: Options) => {
    const path = resolve(run.io.folder, lock)
    const stored = existsSync(path) ? readFileSync(path, 'utf8') : undefined
    const { findings, text, changed } = compareLock(stored, lockOf(await systemOf(file, run.io)))
    const written = write && changed && findings.length === 0
    if (written) writeFileSync(path, text)
    const behind = changed && !written
    if (findings.length > 0 || behind) run.exitCode = 1
    if (run.json) return printJson(run.io, { findings, behind, written })
    for (const { code, where, what, remedy } of findings) {
      await printLines(run.io, printable(`${code}  ${where}: ${what} ${remedy}`))
    }
    const state = written ? 'was written' : behind ? 'is behind; run check --write' : 'is up to date'
    await printLines(run.io, printable(`${lock} ${state}`))
  })
}
