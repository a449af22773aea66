import type { ChannelMessages } from '../design/channel-messages.ts'
import type { ProtobufNumbers } from '../schema/protobuf/member.ts'
import type { MessageCodec } from './message-codec.ts'

/** A schema registry that is described but not opened. */
export interface RegistryAdapter {
  readonly kind: 'registry'
  /** For messages. Never a password. */
  readonly name: string
  /**
   * Finds the schemas of the messages that are written. `numbers`: those that Protobuf fields were published with, from
   * the lock file. Errors: EW_SCHEMA_UNPUBLISHED for one that the registry does not have, EW_SCHEMA_REFUSED for one
   * that it does not take, EW_REGISTRY_FAILED (retryable) when it does not answer, EW_DRIVER_MISSING, EW_SCHEMA_FORM
   * for a message that has no such form, EW_CONFIG.
   */
  open(channels: readonly ChannelMessages[], options: { readonly numbers: ProtobufNumbers }): Promise<MessageCodec>
}
