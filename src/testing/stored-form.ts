import { failure } from '../base/errors.ts'
import { freezeDeep } from '../base/freeze.ts'
import type { AnyEvent } from '../design/definition.ts'
import { assertMessage, type EventMessage } from '../design/message.ts'

/** An event of a test as a reader of the store meets it. */
export interface GivenEvent {
  readonly message: EventMessage
  readonly type: string
  /** In today's schema version, frozen. */
  readonly data: unknown
}

/**
 * Takes messages the way the store takes them: written as JSON text and read again through today's upcasters, so that
 * messages of older definitions may be given too. Errors: EW_MESSAGE for what no constructor made, EW_DESIGN for an
 * event that `reader` does not declare, EW_EVENT_NEWER for a version above the declared one.
 */
export function throughStore(
  reader: string,
  declared: readonly AnyEvent[],
  messages: readonly EventMessage[],
): readonly GivenEvent[] {
  return messages.map((message) => {
    assertMessage(message, `given of ${reader}`)
    const definition = declared.find(({ type }) => type === message.type)
    if (definition === undefined || message.kind !== 'event') {
      const known = declared.map(({ type }) => type).join(', ')
      throw failure('EW_DESIGN', `${reader} was given the ${message.kind} ${message.type}; its events are: ${known}.`)
    }
    const stored = message.definition.text(message.data)
    return {
      message,
      type: message.type,
      data: freezeDeep(definition.decode(message.schemaVersion, JSON.parse(stored))),
    }
  })
}
