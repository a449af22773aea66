import { failure } from '../../base/errors.ts'
import type { ChannelMessages } from '../../design/channel-messages.ts'

/** What a subject is called after. */
export interface SubjectParts {
  readonly channel: string
  /** The full name of the schema, which is the name of the message on the wire: `orders.OrderPlaced`. */
  readonly name: string
}

/**
 * How subjects are called: `topic-record` is `<channel>-<name>`, `record` the name alone, `topic` is `<channel>-value`
 * and is for channels that carry one message. Confluent calls these TopicRecordNameStrategy, RecordNameStrategy and
 * TopicNameStrategy. A function names them as it likes, with the prefix of topics for example.
 */
export type SubjectNames = 'topic-record' | 'record' | 'topic' | ((parts: SubjectParts) => string)

/** The subject of a message on a channel. Error: EW_CONFIG. */
export function subjectOf(names: SubjectNames, { channel, name }: SubjectParts): string {
  if (typeof names === 'function') {
    const subject: unknown = names({ channel, name })
    if (typeof subject === 'string' && subject !== '') return subject
    throw failure('EW_CONFIG', `The function that names subjects gave none for ${name} on the channel ${channel}.`)
  }
  switch (names) {
    case 'topic-record':
      return `${channel}-${name}`
    case 'record':
      return name
    case 'topic':
      return `${channel}-value`
    default:
      throw failure('EW_CONFIG', `Subjects are called topic-record, record or topic, not ${String(names)}.`)
  }
}

/** Refuses channels of several messages where all of a channel would share a subject. Error: EW_CONFIG. */
export function assertSubjects(names: SubjectNames, channels: readonly ChannelMessages[]): void {
  if (names !== 'topic') return
  for (const { channel, format, messages } of channels) {
    if (format === 'json' || messages.length <= 1) continue
    throw failure(
      'EW_CONFIG',
      `The channel ${channel} carries ${messages.length} messages, and subjects that are called after the topic hold one.`,
    )
  }
}
