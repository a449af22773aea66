import type { Command } from 'commander'
import { failure } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import type { CopyableStore } from '../../ports/copying.ts'
import { copyStore, type CopyReport } from '../../runtime/copy-store.ts'
import type { Io, Run } from '../io.ts'
import { withJson } from '../options.ts'
import { printJson, printLines, say } from '../print.ts'
import { printable } from '../printable.ts'
import { progressBar, type ProgressBar } from '../progress-bar.ts'
import { chosenStore, type ChosenStore } from '../store-choice.ts'
import { absentOr, assertFile } from '../store-of.ts'

interface Options {
  readonly fromSchema?: string
  readonly toSchema?: string
  readonly newId?: boolean
}

/** `store copy`: all of a store into an empty one, of the same kind or another. */
export function storeCopyCommand(parent: Command, run: Run): void {
  const command = parent
    .command('copy')
    .description('Copies all of a store into an empty one, between SQLite and PostgreSQL too.')
    .argument('<from>', 'a SQLite file or a postgres:// URL on which nobody works')
    .argument('<to>', 'where nothing is yet')
    .option('--from-schema <name>', 'the schema of a PostgreSQL store that is read (default: eventwright)')
    .option('--to-schema <name>', 'the schema that is made (default: eventwright)')
    .option('--new-id', 'let receipts of the original mean nothing to the copy, for one that runs beside it')
  withJson(command).action(async (from: string, to: string, options: Options) => {
    const { io } = run
    // The schema of the surroundings cannot be meant for both.
    const quiet = { ...io, env: {} }
    const source = chosenStore(command, { store: from, ...schemaOf(options.fromSchema) }, quiet)
    const target = chosenStore(command, { store: to, ...schemaOf(options.toSchema) }, quiet)
    assertPlaces(source, target)
    const report = await copied(run, await copyable(source, io), await copyable(target, io), options)
    if (report === undefined) return
    if (run.json) return printJson(io, report)
    await printLines(io, ...told(report).map((line) => printable(line)))
  })
}

function schemaOf(schema: string | undefined): { readonly schema?: string } {
  return schema === undefined ? {} : { schema }
}

function assertPlaces(source: ChosenStore, target: ChosenStore): void {
  for (const place of [source, target]) {
    if (place.kind === 'sqlite' && place.file === ':memory:')
      throw failure('EW_CONFIG', 'A store in memory lives inside the process that runs it; it cannot be copied.')
  }
  if (source.kind === 'sqlite') assertFile(source.file)
  if (JSON.stringify(source) === JSON.stringify(target))
    throw failure('EW_CONFIG', 'A store cannot be copied to itself; name another place.')
}

async function copyable(chosen: ChosenStore, { clock }: Io): Promise<CopyableStore> {
  if (chosen.kind === 'sqlite') {
    const { copyableSqlite } = await import('../../adapters/sqlite/copying.ts')
    return copyableSqlite(chosen.file, clock)
  }
  const { copyablePostgres } = await import('../../adapters/postgres/copying.ts')
  const { url, schema } = chosen
  return copyablePostgres(url, schema === undefined ? {} : { schema })
}

/** Undefined when it was interrupted, which leaves nothing behind. */
async function copied(
  run: Run,
  from: CopyableStore,
  to: CopyableStore,
  options: Options,
): Promise<CopyReport | undefined> {
  const bars = new Map<string, ProgressBar>()
  const barOf = (phase: string): ProgressBar => {
    const known = bars.get(phase)
    if (known !== undefined) return known
    for (const bar of bars.values()) bar.end()
    const bar = progressBar(run, phase)
    bars.set(phase, bar)
    return bar
  }
  const { stop: signal } = run.io
  try {
    return await copyStore(from, to, {
      signal,
      ...(options.newId === true && { storeId: newId() }),
      onProgress: ({ phase, done, of }) => barOf(phase).show(done, of),
    })
  } catch (error) {
    if (!signal.aborted) throw absentOr(error, from.name)
    run.exitCode = 1
    await say(run, `interrupted: nothing was kept in ${to.name}`)
    return undefined
  } finally {
    for (const bar of bars.values()) bar.end()
  }
}

function told({ from, to, rows, verifiedEvents, notCopied }: CopyReport): readonly string[] {
  const count = Object.values(rows).reduce((sum, each) => sum + each, 0)
  const { ew_streams: streams = 0 } = rows
  const left = notCopied.length === 0 ? [] : [`not copied, since they are not of Eventwright: ${notCopied.join(', ')}`]
  return [
    `${from} was copied to ${to}: ${count} rows`,
    `verified: ${verifiedEvents} events of ${streams} streams, every section has as many rows as before`,
    ...left,
  ]
}
