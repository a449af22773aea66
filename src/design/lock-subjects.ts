import { fingerprint } from '../base/fingerprint.ts'
import { isPlainObject } from '../base/json.ts'
import type { ProtobufNumbers } from '../schema/protobuf/member.ts'
import type { ChannelMessages } from './channel-messages.ts'
import type { Finding } from './composition/finding.ts'
import { wireSchema, wireTypeOf, type SchemaFormat } from './wire-schema.ts'

/** What a registry was given, by subject. */
export interface PublishedSubjects {
  readonly [subject: string]: PublishedSubject
}

/** A subject of a registry. */
export interface PublishedSubject {
  readonly channel: string
  /** Its name on the wire: `orders.OrderPlaced`. */
  readonly message: string
  readonly format: SchemaFormat
  /** Fingerprints of the texts: of an event those of its schema versions, of a command those of its course. */
  readonly schemas: readonly string[]
}

/** Whether a value from a lock file has the form of published subjects. */
export function areSubjects(value: unknown): value is PublishedSubjects {
  return isPlainObject(value) && Object.values(value).every(isSubject)
}

function isSubject(value: unknown): value is PublishedSubject {
  if (!isPlainObject(value)) return false
  const { channel, message, format, schemas } = value as { readonly [name: string]: unknown }
  const areTexts = Array.isArray(schemas) && schemas.every((each) => typeof each === 'string')
  return (
    typeof channel === 'string' &&
    typeof message === 'string' &&
    (format === 'avro' || format === 'protobuf') &&
    areTexts
  )
}

/** What a design has changed of what is published. */
export function subjectFindings(
  published: PublishedSubjects,
  channels: readonly ChannelMessages[],
  numbers: ProtobufNumbers,
): readonly Finding[] {
  return Object.entries(published).flatMap(([subject, entry]) => changesOf(subject, entry, channels, numbers))
}

/** The published subjects with those that were just published. Texts of an event keep the place of their version. */
export function mergedSubjects(before: PublishedSubjects, now: PublishedSubjects): PublishedSubjects {
  const entries = Object.entries({ ...before, ...now }).map(([subject, entry]) => {
    const known = Object.hasOwn(before, subject) ? before[subject]!.schemas : []
    const longer = entry.schemas.length >= known.length && known.every((each, index) => entry.schemas[index] === each)
    const schemas = longer ? entry.schemas : [...known, ...entry.schemas.filter((each) => !known.includes(each))]
    return [subject, { ...entry, schemas }] as const
  })
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function changesOf(
  subject: string,
  { channel: name, message: wireType, format, schemas }: PublishedSubject,
  channels: readonly ChannelMessages[],
  numbers: ProtobufNumbers,
): readonly Finding[] {
  const where = `subject ${subject}`
  const channel = channels.find((each) => each.channel === name)
  const message = channel?.messages.find((each) => wireTypeOf(each) === wireType)
  if (channel === undefined || message === undefined) {
    return [
      {
        code: 'lock-subject-removed',
        where,
        what: `${wireType} no longer travels on the channel ${name}.`,
        remedy:
          'Keep it while somebody may read what was written; if nobody does, delete the entry from the lock file.',
      },
    ]
  }
  if (channel.format !== format) {
    return [
      {
        code: 'lock-subject-format',
        where,
        what: `The channel ${name} is now written as ${channel.format}, and ${format} is published.`,
        remedy: 'Take the format back, or use a new channel: readers that are not updated know the old one.',
      },
    ]
  }
  // The schema of a command changes without a version of its own; the registry's mode watches over that.
  if (message.kind === 'command') return []
  return schemas.flatMap((known, index): Finding[] => {
    const version = index + 1
    // A version that is gone is a finding of the event itself.
    if (version > message.versions.length) return []
    if (fingerprint(wireSchema(format, message, version, numbers).text) === known) return []
    return [
      {
        code: 'lock-subject-changed',
        where,
        what: `The schema of version ${version} of ${wireType} is another one than the published one.`,
        remedy: 'Restore it and put the change into a new version with .next(…).',
      },
    ]
  })
}
