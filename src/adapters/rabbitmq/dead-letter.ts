import type { ChannelMessage, DeadLetterFacts } from '../../ports/broker.ts'
import { deadLetterHeaders, undecodedBytes } from '../../ports/dead-letter.ts'
import type { MessageCodec } from '../../ports/message-codec.ts'
import { encode, headersOf, written, type WireMessage } from './wire.ts'

/** The message as it came, with headers that tell where from and why it is here. */
export async function deadLetter(
  message: ChannelMessage,
  group: string,
  facts: DeadLetterFacts,
  codec: MessageCodec | undefined,
): Promise<WireMessage> {
  const { body, options } = await asItCame(message, codec)
  const told = deadLetterHeaders(message, group, facts)
  return { body, options: { ...options, headers: { ...(options.headers as object), ...told } } }
}

async function asItCame(message: ChannelMessage, codec: MessageCodec | undefined): Promise<WireMessage> {
  const bytes = undecodedBytes(message)
  if (bytes !== undefined) return written(message, headersOf(message.headers), bytes, message.atMs)
  // What has no form in its format any more is shown as the text that it is.
  const encoded = await encode(message, codec, message.atMs).catch(() => undefined)
  return encoded ?? encode(message, undefined, message.atMs)
}
