import { failure } from '../base/errors.ts'
import { isPlainObject, parseJson } from '../base/json.ts'
import type { NamedField, ShapeNode } from '../schema/node.ts'
import { schemaText } from '../schema/hash.ts'
import type { ProtobufNumbers } from '../schema/protobuf/member.ts'
import type { Finding } from './composition/finding.ts'
import type { ChannelMessages } from './channel-messages.ts'
import { areNumbers, lockNumbers, type ProtobufDeclaration } from './lock-protobuf.ts'
import { areSubjects, mergedSubjects, subjectFindings, type PublishedSubjects } from './lock-subjects.ts'
import type { AnySystem } from './system.ts'

/** What `eventwright.lock.json` holds: every schema version of every event that was ever released. */
export interface LockFile {
  readonly lockVersion: 1
  /** By event type. */
  readonly messages: { readonly [type: string]: { readonly versions: readonly LockedVersion[] } }
  /** The numbers that Protobuf fields were published with, those of fields that are gone included; absent for none. */
  readonly protobuf?: ProtobufNumbers
  /** What a schema registry was given by `eventwright schemas push`; absent for nothing. */
  readonly subjects?: PublishedSubjects
}

/** One released schema version. */
export interface LockedVersion {
  readonly schemaHash: string
  /** The schema itself, for reviews and for whatever later derives formats from released versions. */
  readonly fields: ShapeNode
}

/** How a stored lock file and a design go together. */
export interface LockComparison {
  /** What must not be released: versions that were changed or taken away. */
  readonly findings: readonly Finding[]
  /** The text to write: the stored file with the new events and versions added; what it holds already is never lost. */
  readonly text: string
  /** Whether the text differs from the stored one. */
  readonly changed: boolean
}

/** The lock file of a design alone, events by name. */
export function lockOf(system: AnySystem): LockFile {
  const events = [...system.graph.events.values()].map(({ definition }) => definition)
  const messages = events
    .sort((a, b) => (a.type < b.type ? -1 : 1))
    .map(
      ({ type, versions }) =>
        [type, { versions: versions.map(({ schemaHash, node }) => ({ schemaHash, fields: node })) }] as const,
    )
  return { lockVersion: 1, messages: Object.fromEntries(messages) }
}

/** The text of a lock file, made for line-by-line review. */
export function lockText(lock: LockFile): string {
  return JSON.stringify(lock, null, 2) + '\n'
}

/**
 * Compares the text of the stored lock file (undefined where there is none) with a design, of which `protobuf` are the
 * messages that travel as Protobuf: their new fields get the next free numbers in the text to write. `channels`: all of
 * the design, to be compared with what is published; default: that is not compared. What other sections
 * the file has stays as it is. Error: EW_LOCK_FILE for a text that is no lock file or one of a newer release.
 */
export function compareLock(
  stored: string | undefined,
  current: LockFile,
  protobuf: readonly ProtobufDeclaration[] = [],
  channels?: readonly ChannelMessages[],
): LockComparison {
  const before = stored === undefined ? { lockVersion: 1 as const, messages: {} } : readLock(stored)
  const types = [...new Set([...Object.keys(before.messages), ...Object.keys(current.messages)])].sort()
  const findings: Finding[] = []
  const messages = types.map((type) => {
    const locked = versionsOf(before, type)
    const declared = versionsOf(current, type)
    findings.push(...changes(type, locked, declared))
    return [type, { versions: merged(locked, declared) }] as const
  })
  const { numbers, findings: refused } = lockNumbers(before.protobuf ?? {}, protobuf)
  findings.push(...refused)
  if (channels !== undefined) findings.push(...subjectFindings(before.subjects ?? {}, channels, numbers))
  const published = Object.keys(numbers).length === 0 ? {} : { protobuf: numbers }
  const text = lockText({ ...before, messages: Object.fromEntries(messages), ...published })
  return { findings, text, changed: text !== stored }
}

/** The Protobuf numbers that a lock file holds. Error: EW_LOCK_FILE. */
export function publishedNumbers(text: string): ProtobufNumbers {
  return readLock(text).protobuf ?? {}
}

/** The text of a lock file with subjects that were just published. Error: EW_LOCK_FILE. */
export function withSubjects(text: string, subjects: PublishedSubjects): string {
  const lock = readLock(text)
  return lockText({ ...lock, subjects: mergedSubjects(lock.subjects ?? {}, subjects) })
}

function versionsOf(lock: LockFile, type: string): readonly LockedVersion[] {
  return Object.hasOwn(lock.messages, type) ? lock.messages[type]!.versions : []
}

/** A changed version stays as it was locked: writing the file must never hide the change. */
function merged(locked: readonly LockedVersion[], declared: readonly LockedVersion[]): readonly LockedVersion[] {
  const known = locked.map((version, index) =>
    declared[index]?.schemaHash === version.schemaHash ? declared[index] : version,
  )
  return [...known, ...declared.slice(locked.length)]
}

function changes(
  type: string,
  locked: readonly LockedVersion[],
  declared: readonly LockedVersion[],
): readonly Finding[] {
  const where = `event ${type}`
  if (locked.length > 0 && declared.length === 0) {
    return [
      {
        code: 'lock-message-removed',
        where,
        what: 'The design no longer declares this event.',
        remedy:
          'Keep the declaration while a store may hold the event; if none does, delete the entry from the lock file.',
      },
    ]
  }
  return locked.flatMap((version, index): Finding[] => {
    const now = declared[index]
    if (now?.schemaHash === version.schemaHash) return []
    return [
      now === undefined
        ? {
            code: 'lock-version-removed',
            where,
            what: `The design no longer declares version ${index + 1}.`,
            remedy: 'Put the .next(…) of that version back: stored events of it could not be read.',
          }
        : {
            code: 'lock-version-changed',
            where,
            what: `Version ${index + 1} was changed after its release: ${difference(version.fields, now.fields)}.`,
            remedy:
              'Restore it and put the change into a new version with .next(…); if no store holds it, delete the entry.',
          },
    ]
  })
}

function difference(before: ShapeNode, now: ShapeNode): string {
  const [old, fresh] = [fieldsOf(before), fieldsOf(now)]
  if (old === undefined || fresh === undefined) return 'its schema is another one'
  const list = (word: string, names: readonly string[]): readonly string[] =>
    names.length === 0 ? [] : [`${word} ${names.join(', ')}`]
  const both = [...old.keys()].filter((name) => fresh.has(name))
  return [
    ...list(
      'added',
      [...fresh.keys()].filter((name) => !old.has(name)),
    ),
    ...list(
      'removed',
      [...old.keys()].filter((name) => !fresh.has(name)),
    ),
    ...list(
      'changed',
      both.filter((name) => old.get(name) !== fresh.get(name)),
    ),
  ].join('; ')
}

function fieldsOf(node: ShapeNode): ReadonlyMap<string, string> | undefined {
  if (node.kind !== 'fields' && node.kind !== 'record') return undefined
  return new Map((node.fields as readonly NamedField[]).map((field) => [field.name, schemaText(field.node)]))
}

function readLock(text: string): LockFile {
  let value: unknown
  try {
    value = parseJson(text)
  } catch (cause) {
    throw failure('EW_LOCK_FILE', 'The lock file is not valid JSON; a merge may have left its marks in it.', { cause })
  }
  const version = isPlainObject(value) ? value['lockVersion'] : undefined
  if (typeof version === 'number' && version > 1) {
    throw failure(
      'EW_LOCK_FILE',
      `The lock file has lockVersion ${version}, which a newer release of Eventwright wrote.`,
    )
  }
  const { messages } = Object(value) as { readonly messages?: unknown }
  if (version !== 1 || !isPlainObject(messages) || !Object.values(messages).every(isLockedMessage)) {
    throw failure('EW_LOCK_FILE', 'The lock file does not have the form { lockVersion: 1, messages: { … } }.')
  }
  const { protobuf, subjects } = value as { readonly protobuf?: unknown; readonly subjects?: unknown }
  if (subjects !== undefined && !areSubjects(subjects)) {
    throw failure('EW_LOCK_FILE', 'The section subjects of the lock file is not what eventwright schemas push writes.')
  }
  if (protobuf !== undefined && !areNumbers(protobuf)) {
    throw failure('EW_LOCK_FILE', 'The section protobuf of the lock file is not { message: { field: number } }.')
  }
  return value as LockFile
}

function isLockedMessage(value: unknown): boolean {
  const versions = isPlainObject(value) ? value['versions'] : undefined
  return (
    Array.isArray(versions) &&
    versions.every(
      (version) =>
        isPlainObject(version) && typeof version['schemaHash'] === 'string' && isPlainObject(version['fields']),
    )
  )
}
