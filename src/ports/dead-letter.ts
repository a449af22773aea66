import { timestampOf } from '../base/clock.ts'
import type { ChannelMessage, DeadLetterFacts } from './broker.ts'
import { undecodedHeader } from './message-codec.ts'

const mostCharacters = 1_000

/**
 * What every broker writes beside the headers of a message that a group has set aside, so that tools of one find in
 * another what they look for: where it stood, whose it was, what went wrong.
 */
export function deadLetterHeaders(
  { channel, partition, offset, atMs }: ChannelMessage,
  group: string,
  facts: DeadLetterFacts,
): Readonly<Record<`ew-dl-${string}`, string>> {
  return {
    'ew-dl-original-destination': channel,
    'ew-dl-partition': String(partition),
    'ew-dl-offset': String(offset),
    'ew-dl-timestamp': timestampOf(atMs),
    'ew-dl-group': group,
    'ew-dl-attempts': String(facts.attempts),
    'ew-dl-last-failed-at': timestampOf(facts.failedAtMs),
    'ew-dl-error-type': shortened(facts.errorType),
    'ew-dl-error-message': shortened(facts.errorMessage),
    'ew-dl-reason': facts.reason,
  }
}

/** The bytes of a message that could not be decoded; undefined for one that was. */
export function undecodedBytes({ headers, value }: ChannelMessage): Buffer | undefined {
  try {
    const json: unknown = JSON.parse(headers)
    const isUndecoded = typeof json === 'object' && json !== null && Object.hasOwn(json, undecodedHeader)
    return isUndecoded ? Buffer.from(value, 'base64') : undefined
  } catch {
    return undefined
  }
}

function shortened(text: string): string {
  return text.slice(0, mostCharacters).toWellFormed()
}
