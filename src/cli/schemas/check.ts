import { InvalidArgumentError, type Command } from 'commander'
import { isMode } from '../../adapters/schema-registry/client.ts'
import type { CompatibilityMode } from '../../schema/compatibility/compatibility.ts'
import type { Run } from '../io.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import { declaredFor, withRegistry, type SchemasChoice } from './registry-choice.ts'
import { review, type Review } from './review.ts'

/**
 * `schemas check`: compares every message that travels with a schema with what the registry has of it, and with the lock
 * file. Exit code 1 when something published would break.
 */
export function schemasCheckCommand(parent: Command, run: Run): void {
  const command = parent
    .command('check')
    .description('Compares the schemas of messages with the published ones, by field and rule.')
    .option('--mode <mode>', 'compare by this mode (default: that of each subject)', modeOf)
  withRegistry(command).action(async (choice: SchemasChoice & { readonly mode?: CompatibilityMode }) => {
    const { client, registry, lock, subjects } = await declaredFor(command, choice, run)
    const reviews: Review[] = []
    for (const declared of subjects) reviews.push(await review(client, declared, choice.mode))
    const { findings } = lock
    if (findings.length > 0 || reviews.some(({ breaks }) => breaks.length > 0)) run.exitCode = 1
    if (run.json) return printJson(run.io, { registry, findings, subjects: reviews.map(reportOf) })
    for (const { code, where, what, remedy } of findings) {
      await printLines(run.io, printable(`${code}  ${where}: ${what} ${remedy}`))
    }
    for (const each of reviews) await printLines(run.io, ...linesOf(each).map((line) => printable(line)))
    if (reviews.length === 0) await printLines(run.io, 'no channel has messages with a schema')
  })
}

/** A review as a document. */
export function reportOf({ declared, mode, published, fresh, newest, breaks }: Review): object {
  const { subject, channel, message, format } = declared
  return {
    subject,
    channel,
    message,
    format,
    mode,
    published: published.map(({ version, id }) => ({ version, id })),
    unpublished: fresh.map(({ version }) => version),
    ...(newest !== undefined && { newest }),
    breaks,
  }
}

/** A review as lines. */
export function linesOf({ declared, mode, fresh, newest, breaks }: Review): readonly string[] {
  const { subject, message } = declared
  const versions = fresh.map(({ version }) => version).join(', ')
  const state = breaks.length > 0 ? 'break' : fresh.length > 0 ? 'new  ' : 'same '
  const what =
    fresh.length > 0
      ? `version ${versions} of ${message} is not published`
      : `version ${newest?.version}, id ${newest?.id}`
  return [`${state}  ${subject}  ${mode}  ${what}`, ...breaks.map(({ rule, text }) => `       ${text} (${rule})`)]
}

function modeOf(text: string): CompatibilityMode {
  const mode = text.toUpperCase()
  if (isMode(mode)) return mode
  throw new InvalidArgumentError('It must be NONE, or BACKWARD, FORWARD or FULL, each also with _TRANSITIVE behind it.')
}
