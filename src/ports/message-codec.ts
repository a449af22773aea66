import type { OutgoingMessage } from './broker.ts'

/** A message as a broker outside of this process carries it. */
export interface EncodedMessage {
  readonly channel: string
  readonly key: string
  /** Texts by name. */
  readonly headers: Readonly<Record<string, string>>
  readonly value: Uint8Array
}

/** How messages of channels are written as bytes, and read again. */
export interface MessageCodec {
  /** Error: EW_MESSAGE_UNWRITABLE for a message that has no such form, which is refused for good then. */
  encode(message: OutgoingMessage): Promise<EncodedMessage>
  /**
   * The headers and the value as JSON texts. Errors: EW_MESSAGE_UNREADABLE; EW_REGISTRY_FAILED, which is retryable,
   * where its schema could not be had.
   */
  decode(message: EncodedMessage): Promise<Pick<OutgoingMessage, 'headers' | 'value'>>
}

/** The header of a message that could not be decoded: why. Its value is base64 of the bytes that came. */
export const undecodedHeader = 'ew_undecoded'
