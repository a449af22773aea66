import { failure } from '../../base/errors.ts'
import { fingerprint } from '../../base/fingerprint.ts'
import { canonicalJson } from '../../base/json.ts'
import type { CommandMessage } from '../../design/message.ts'
import type { InboxEntry, InboxTable } from '../../ports/inbox.ts'
import type { InboxRow } from '../../ports/unit-of-work.ts'
import type { StoredOutcome } from './outcome.ts'

/** A key under which the inbox keeps the outcome of one command: a repeat is answered by it and not executed. */
export interface CommandKey {
  /** The outcome that is kept, if there is one. Error: EW_KEY_REUSED. */
  first(): Promise<StoredOutcome | undefined>
  /** The outcome of an entry that was found under the key. Error: EW_KEY_REUSED. */
  read(entry: Pick<InboxEntry, 'fingerprint' | 'outcome'>): StoredOutcome
  /** The row that keeps an outcome; the unit that has it wins only if it is the first. */
  row(outcome: StoredOutcome): InboxRow
}

/** Where a key stands and which request it is for. */
export interface KeyPlace {
  readonly service: string
  readonly consumer: string
  readonly key: string
  /** See `fingerprintOf`; `anyRequest` where the key alone says what is asked. */
  readonly fingerprint: string
  /** The type of the command, for messages. */
  readonly command: string
}

/** A fingerprint that goes with every other one. */
export const anyRequest = ''

/** What a command asks for; the same key must not come with another. */
export function fingerprintOf({ type, definition, data }: CommandMessage): string {
  return fingerprint(type + canonicalJson(definition.encode(data)))
}

/** A key of a command in an inbox. */
export function commandKey(inbox: InboxTable, { command, ...place }: KeyPlace): CommandKey {
  const read: CommandKey['read'] = (entry) => {
    const given = [entry.fingerprint, place.fingerprint]
    if (given[0] !== given[1] && !given.includes(anyRequest)) {
      throw failure('EW_KEY_REUSED', `The idempotency key of this ${command} was used for another request.`, {
        details: { key: place.key },
      })
    }
    return JSON.parse(entry.outcome) as StoredOutcome
  }
  return {
    read,
    async first() {
      const entry = await inbox.get(place.service, place.consumer, place.key)
      return entry === undefined ? undefined : read(entry)
    },
    row: (outcome) => ({ ...place, outcome: canonicalJson(outcome) }),
  }
}
