import { failure } from '../base/errors.ts'
import type { AnyCommand, AnyEvent } from './definition.ts'
import { isMessage, type EventMessage } from './message.ts'

/** A declared refusal: a normal outcome, not an error. Made by `reject`. */
export interface Rejection<E extends string = string> {
  readonly kind: 'rejection'
  readonly code: E
  readonly detail: string | undefined
}

/** A reply with the events that go with it. Made by `reply`. */
export interface Replied<R, N extends string> {
  readonly kind: 'replied'
  readonly reply: R
  readonly events: readonly EventMessage<N>[]
}

/** What a decider may answer: events, none, or a refusal; a reply with events where the command declares a reply. */
export type Decision<N extends string, E extends string, R> =
  Rejection<E> | ([R] extends [void] ? EventMessage<N> | readonly EventMessage<N>[] : Replied<R, N>)

/** Refuses a command with one of its declared codes; `detail` is for people. */
export function reject<const E extends string>(code: E, detail?: string): Rejection<E> {
  return new Rejected(code, detail)
}

/** In `decide` of a command that declares a reply: the reply and the events. */
export function reply<R, N extends string = never>(data: R, ...events: readonly EventMessage<N>[]): Replied<R, N> {
  return new Reply(data, Object.freeze([...events]))
}

/** Tells a refusal from a reply. */
export function isRejection(value: unknown): value is Rejection {
  return value instanceof Rejected
}

/**
 * A checked result of `decide`. Exactly one of the three parts may be left out at a time: a rejection excludes the
 * others.
 */
export interface Decided {
  readonly events: readonly EventMessage[]
  /** Canonical; undefined when the command has no reply. */
  readonly reply: unknown
  readonly rejection: Rejection | undefined
}

/** Who decided, for checks and messages. */
export interface Decider {
  readonly name: string
  readonly events: readonly AnyEvent[]
}

/**
 * Checks what a decider returned for a command: only messages of declared events and of their current versions, only
 * declared refusals, a reply exactly where one is declared.
 * Errors: EW_DESIGN, EW_MESSAGE for a forged event, EW_VALIDATION for a reply that does not match.
 */
export function decision(decider: Decider, command: AnyCommand, result: unknown): Decided {
  const where = `decide.${command.type} of ${decider.name}`
  if (result instanceof Rejected) return { events: [], reply: undefined, rejection: declared(command, result, where) }
  if (command.reply === undefined) {
    if (result instanceof Reply)
      throw failure('EW_DESIGN', `${where} answered a reply that ${command.type} does not declare.`)
    return { events: checkedEvents(decider, result, where), reply: undefined, rejection: undefined }
  }
  if (!(result instanceof Reply)) {
    throw failure('EW_DESIGN', `${where} must answer reply(data, …events), as ${command.type} declares a reply.`)
  }
  const reply: unknown = command.reply.validate(result.reply)
  return { events: checkedEvents(decider, result.events, where), reply, rejection: undefined }
}

/** Checks that a refusal is one that the command declares. Error: EW_DESIGN. */
export function declared(command: AnyCommand, rejection: Rejection, where: string): Rejection {
  if (command.refusals.includes(rejection.code)) return rejection
  const known = command.refusals.length === 0 ? 'none' : command.refusals.join(', ')
  throw failure('EW_DESIGN', `${where} refused with '${rejection.code}'; ${command.type} declares: ${known}.`)
}

/** Checks events that an aggregate is about to emit. Errors: EW_MESSAGE, EW_DESIGN. */
export function checkedEvents(decider: Decider, result: unknown, where: string): readonly EventMessage[] {
  const events = Array.isArray(result) ? (result as readonly unknown[]) : [result]
  return events.map((value) => {
    if (!isMessage(value)) throw failure('EW_MESSAGE', `${where} answered something that is not an event.`)
    if (decider.events.includes(value.definition as AnyEvent)) return value as EventMessage
    const known = decider.events.find(({ type }) => type === value.type)
    throw failure(
      'EW_DESIGN',
      known === undefined
        ? `${where} answered the ${value.kind} ${value.type}, which ${decider.name} does not declare among its events.`
        : `${where} answered ${value.type} made by another definition (version ${value.schemaVersion}) than the one that ` +
            `${decider.name} declares (version ${known.schemaVersion}).`,
    )
  })
}

class Rejected<E extends string> implements Rejection<E> {
  readonly kind = 'rejection'
  readonly code: E
  readonly detail: string | undefined

  constructor(code: E, detail: string | undefined) {
    this.code = code
    this.detail = detail
    Object.freeze(this)
  }
}

class Reply<R, N extends string> implements Replied<R, N> {
  readonly kind = 'replied'
  readonly reply: R
  readonly events: readonly EventMessage<N>[]

  constructor(reply: R, events: readonly EventMessage<N>[]) {
    this.reply = reply
    this.events = events
    Object.freeze(this)
  }
}
