import { writeFileSync, renameSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { fingerprint } from '../../base/fingerprint.ts'
import { failure } from '../../base/errors.ts'
import { withSubjects } from '../../design/lock-file.ts'
import type { PublishedSubjects } from '../../design/lock-subjects.ts'
import type { LockState } from '../../runtime/log/released.ts'
import type { Run } from '../io.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import { linesOf, reportOf } from './check.ts'
import { declaredFor, withRegistry, type Declared, type SchemasChoice } from './registry-choice.ts'
import { bodyOf, review, type Review } from './review.ts'

interface Pushed {
  readonly subject: string
  /** The schema version of the message. */
  readonly schemaVersion: number
  readonly version: number
  readonly id: number
  /** Whether it was not there before. */
  readonly registered: boolean
}

/**
 * `schemas push`: registers what the registry does not have, oldest versions first, and notes the subjects in the lock
 * file where there is one. Nothing is registered when something published would break: exit code 1. Error: EW_LOCK_FILE
 * when the lock file does not allow the design or is behind it.
 */
export function schemasPushCommand(parent: Command, run: Run): void {
  const command = parent
    .command('push')
    .description('Registers the schemas of messages that the registry does not have.')
  withRegistry(command).action(async (choice: SchemasChoice) => {
    const declared = await declaredFor(command, choice, run)
    assertReleasable(declared.lock)
    const reviews: Review[] = []
    for (const subject of declared.subjects) reviews.push(await review(declared.client, subject))
    const broken = reviews.filter(({ breaks }) => breaks.length > 0)
    if (broken.length > 0) {
      run.exitCode = 1
      if (run.json) return printJson(run.io, { registry: declared.registry, pushed: [], broken: broken.map(reportOf) })
      return printLines(run.io, ...broken.flatMap(linesOf).map((line) => printable(line)))
    }
    const pushed: Pushed[] = []
    for (const each of reviews) pushed.push(...(await push(declared, each)))
    const written = noteSubjects(declared)
    if (run.json)
      return printJson(run.io, { registry: declared.registry, pushed, broken: [], lock: declared.lock.path, written })
    await printLines(run.io, ...pushed.map((each) => printable(lineOf(each))))
    if (pushed.length === 0) await printLines(run.io, 'no channel has messages with a schema')
  })
}

function assertReleasable({ path, exists, findings, changed }: LockState): void {
  if (findings.length > 0) {
    const list = findings.map(({ where, what }) => `${where}: ${what}`).join('\n')
    throw failure('EW_LOCK_FILE', `${path} does not allow this design:\n${list}\n`, { details: { path, findings } })
  }
  if (exists && changed) throw failure('EW_LOCK_FILE', `${path} is behind the design; run eventwright check --write.`)
}

async function push({ client }: Declared, { declared, fresh }: Review): Promise<readonly Pushed[]> {
  const pushed: Pushed[] = []
  const { subject } = declared
  for (const schema of declared.schemas) {
    const registered = fresh.includes(schema)
    const id = registered ? await client.register(subject, bodyOf(schema)) : undefined
    const place = await client.lookup(subject, bodyOf(schema))
    if (place === undefined) {
      const what = `The registry took version ${schema.version} of ${schema.name} as ${id} and does not find it`
      throw failure('EW_REGISTRY_FAILED', `${what} under ${subject}.`, { details: { subject } })
    }
    pushed.push({ subject, schemaVersion: schema.version, version: place.version, id: id ?? place.id, registered })
  }
  return pushed
}

function lineOf({ subject, schemaVersion, version, id, registered }: Pushed): string {
  return `${registered ? 'pushed' : 'known '}  ${subject}  schema version ${schemaVersion}: version ${version}, id ${id}`
}

/** Whoever has no lock file has not asked for one. Answers whether it changed. */
function noteSubjects({ lock, subjects }: Declared): boolean {
  if (!lock.exists) return false
  const now: PublishedSubjects = Object.fromEntries(
    subjects.map(({ subject, channel, message, format, schemas }) => [
      subject,
      { channel, message, format, schemas: schemas.map(({ text }) => fingerprint(text)) },
    ]),
  )
  const before = readFileSync(lock.path, 'utf8')
  const text = withSubjects(before, now)
  if (text === before) return false
  // A reader never meets half a file.
  writeFileSync(`${lock.path}.new`, text)
  renameSync(`${lock.path}.new`, lock.path)
  return true
}
