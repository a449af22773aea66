import { failure } from '../base/errors.ts'
import type { Timestamp } from '../schema/field.ts'
import type { AnyCommand, AnyEvent, AnyMessage } from './definition.ts'

/** An event that was made by its constructor: frozen data of today's schema version. */
export interface EventMessage<N extends string = string, D = unknown> {
  readonly kind: 'event'
  readonly type: N
  readonly schemaVersion: number
  readonly data: D
  /** Business time; undefined means the time of the command. */
  readonly occurredAt: Timestamp | undefined
  readonly definition: AnyEvent
  /** Both kinds of message have the same members, so that a mix-up is reported at `kind`. */
  readonly '~reply': undefined
  readonly '~refusals': undefined
}

/** A command that was made by its constructor. */
export interface CommandMessage<N extends string = string, D = unknown, R = unknown, E extends string = string> {
  readonly kind: 'command'
  readonly type: N
  readonly schemaVersion: number
  readonly data: D
  readonly occurredAt: Timestamp | undefined
  readonly definition: AnyCommand
  readonly '~reply': R
  readonly '~refusals': E
}

/** True for messages that a constructor of this copy of Eventwright made; nothing else can be dressed up as one. */
export function isMessage(value: unknown): value is EventMessage | CommandMessage {
  return Message.is(value)
}

/** Checks a foreign value where a message belongs. Error: EW_MESSAGE, naming `where`. */
export function assertMessage(value: unknown, where: string): asserts value is EventMessage | CommandMessage {
  if (!Message.is(value)) throw failure('EW_MESSAGE', `${where} was given ${described(value)}.`)
}

/** Only for constructors of messages: `data` must be checked, canonical and frozen. */
export function makeMessage(
  definition: AnyMessage,
  data: unknown,
  occurredAt: Timestamp | undefined,
): EventMessage | CommandMessage {
  return new Message(pass, definition, data, occurredAt) as unknown as EventMessage | CommandMessage
}

/** A command that was stored or sent, as its constructor made it. Error: EW_VALIDATION. */
export function restoredCommand(definition: AnyCommand, json: unknown): CommandMessage {
  return makeMessage(definition, definition.restore(json), undefined) as CommandMessage
}

const pass = Symbol('constructor of messages')

// The private member is the brand: it cannot be copied, and `pass` keeps `message.constructor` from making another.
class Message {
  // Behind a getter: printing or comparing a message shows what it says, not how it was declared.
  readonly #definition: AnyMessage
  readonly kind: 'event' | 'command'
  readonly type: string
  readonly schemaVersion: number
  readonly data: unknown
  readonly occurredAt: Timestamp | undefined

  constructor(key: symbol, definition: AnyMessage, data: unknown, occurredAt: Timestamp | undefined) {
    if (key !== pass) throw failure('EW_MESSAGE', 'Something tried to build a message without its constructor.')
    this.kind = definition.kind
    this.type = definition.type
    this.schemaVersion = definition.schemaVersion
    this.data = data
    this.occurredAt = occurredAt
    this.#definition = definition
    Object.freeze(this)
  }

  get definition(): AnyMessage {
    return this.#definition
  }

  static is(value: unknown): value is Message {
    return typeof value === 'object' && value !== null && #definition in value
  }
}

function described(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? 'a function' : String(value)
  const { kind, type } = value as { kind?: unknown; type?: unknown }
  return typeof type === 'string' ? `an object that looks like the ${String(kind)} ${type}` : 'an object'
}
