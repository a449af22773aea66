import type { Command } from 'commander'
import type { RegisteredSchema } from '../../adapters/schema-registry/client.ts'
import { parseJson } from '../../base/json.ts'
import type { Run } from '../io.ts'
import { printJson, printLines } from '../print.ts'
import { printable } from '../printable.ts'
import { lineDiff } from './line-diff.ts'
import {
  declaredFor,
  withRegistry,
  type Declared,
  type DeclaredSubject,
  type SchemasChoice,
} from './registry-choice.ts'
import { bodyOf } from './review.ts'

interface Difference {
  readonly subject: string
  /** `published` when an older version is what the design has. */
  readonly state: 'same' | 'differs' | 'published' | 'absent'
  /** The latest version of the registry. */
  readonly latest?: number
  /** The version that the design's newest schema is. */
  readonly version?: number
  readonly lines: readonly string[]
}

/** `schemas diff`: the newest schema of every message against the latest one of its subject, line by line. */
export function schemasDiffCommand(parent: Command, run: Run): void {
  const command = parent
    .command('diff')
    .description('Shows what the newest schemas have and the latest published ones have not, and the other way round.')
  withRegistry(command).action(async (choice: SchemasChoice) => {
    const declared = await declaredFor(command, choice, run)
    const differences: Difference[] = []
    for (const subject of declared.subjects) differences.push(await differenceOf(declared, subject))
    if (run.json) return printJson(run.io, { registry: declared.registry, subjects: differences })
    for (const each of differences) await printLines(run.io, ...linesOf(each).map((line) => printable(line)))
    if (differences.length === 0) await printLines(run.io, 'no channel has messages with a schema')
  })
}

async function differenceOf({ client }: Declared, { subject, schemas }: DeclaredSubject): Promise<Difference> {
  const newest = schemas.at(-1)!
  const latest = await client.version(subject, 'latest')
  if (latest === undefined) return { subject, state: 'absent', lines: [] }
  const place = await client.lookup(subject, bodyOf(newest))
  const { version } = latest
  if (place?.version === version) return { subject, state: 'same', latest: version, version, lines: [] }
  const lines = lineDiff(linesOfText(latest), linesOfText({ schemaType: newest.schemaType, schema: newest.text }))
  if (place === undefined) return { subject, state: 'differs', latest: version, lines }
  return { subject, state: 'published', latest: version, version: place.version, lines }
}

function linesOf({ subject, state, latest, version, lines }: Difference): readonly string[] {
  switch (state) {
    case 'absent':
      return [`${subject}: nothing is published`]
    case 'same':
      return [`${subject}: the same as version ${latest}`]
    case 'published':
      return [`${subject}: version ${version}; the latest is version ${latest}`, ...lines]
    case 'differs':
      return [`${subject}: differs from version ${latest}`, ...lines]
  }
}

function linesOfText({ schemaType, schema }: Pick<RegisteredSchema, 'schemaType' | 'schema'>): readonly string[] {
  if (schemaType === 'PROTOBUF') return schema.trimEnd().split('\n')
  try {
    return JSON.stringify(inOrder(parseJson(schema, 200)), null, 2).split('\n')
  } catch {
    return schema.split('\n')
  }
}

/** As a registry may have given the members another order. */
function inOrder(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(inOrder)
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(
    Object.entries(json)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, inOrder(value)]),
  )
}
