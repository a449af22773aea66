import { murmur3_32 } from '../base/hash.ts'
import { textFault } from '../base/text.ts'
import type { OutgoingMessage, PublishOutcome } from './broker.ts'

/** The longest text of a message in bytes of UTF-8; longer ones belong in a place of their own. */
export const maxMessageBytes: number = 1 << 20

/** How many bytes the texts of one read have at most, if it is more than one message. */
export const pageBytes: number = 1 << 20

/** The bytes of the texts of a message. */
export function messageBytes(message: OutgoingMessage): number {
  return texts.reduce((sum, name) => sum + Buffer.byteLength(message[name]), 0)
}

/** The partition of a key. It decides what stays in order, so it may never change. */
export function partitionOf(key: string, partitions: number): number {
  return murmur3_32(key) % partitions
}

/**
 * What becomes of the messages of one call, by the rule that every broker keeps: a message that cannot be stored is
 * refused, what comes after it with the same channel and key is skipped so that nothing overtakes it, the others go on.
 */
export function decideMessages(messages: readonly OutgoingMessage[]): readonly PublishOutcome[] {
  const stopped = new Map<string, Set<string>>()
  return messages.map((message): PublishOutcome => {
    const keys = stopped.get(message.channel)
    if (keys?.has(message.key) === true) return skipped
    const reason = messageFault(message)
    if (reason === undefined) return ok
    if (keys === undefined) stopped.set(message.channel, new Set([message.key]))
    else keys.add(message.key)
    return { kind: 'refused', reason }
  })
}

const ok: PublishOutcome = { kind: 'ok' }
const skipped: PublishOutcome = { kind: 'skipped' }
const texts = ['key', 'id', 'headers', 'value'] as const

function messageFault(message: OutgoingMessage): string | undefined {
  for (const name of texts) {
    const text = message[name]
    const fault = textFault(text)
    if (fault !== null) return `the text of its ${name} holds ${fault}`
    const bytes = utf8Bytes(text)
    if (bytes > maxMessageBytes)
      return `the text of its ${name} has ${bytes} bytes; at most ${maxMessageBytes} are taken`
  }
  return undefined
}

/** Exact where it matters; a text that is short enough whatever it holds is not counted. */
function utf8Bytes(text: string): number {
  return text.length * 3 <= maxMessageBytes ? text.length : Buffer.byteLength(text)
}
