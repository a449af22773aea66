import { decodeBase64 } from '../../base/base64.ts'
import { undecodedHeader, type MessageCodec } from '../../ports/message-codec.ts'
import { parkedMessage, type KeptMessage } from './channel-event.ts'
import { bareHeaders, type ReadHeaders } from './wire.ts'

/** A message that was parked. One that could not be decoded then is decoded again: its schema may be known by now. */
export async function parkedAgain(raw: string, codec: MessageCodec | undefined): Promise<KeptMessage> {
  const message = parkedMessage(raw)
  const headers = codec === undefined || message.deleted === true ? undefined : undecodedHeaders(message)
  const value = headers === undefined ? null : decodeBase64(message.value)
  if (value === null) return message
  const { channel, key } = message
  try {
    return { ...message, ...(await codec!.decode({ channel, key, headers: headers!, value })) }
  } catch {
    // It says itself why it cannot be read.
    return message
  }
}

function undecodedHeaders(message: KeptMessage): ReadHeaders | undefined {
  try {
    const { [undecodedHeader]: why, ...headers } = bareHeaders(message)
    return why === undefined ? undefined : (headers as ReadHeaders)
  } catch {
    return undefined
  }
}
