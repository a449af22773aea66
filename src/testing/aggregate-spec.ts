import { isDeepStrictEqual } from 'node:util'
import { failure, isEventwrightError, type ErrorCode } from '../base/errors.ts'
import { streamName } from '../base/stream-name.ts'
import type { AnyAggregate } from '../design/aggregate.ts'
import { decision, isRejection, type Rejection } from '../design/decision.ts'
import type { AnyCommand } from '../design/definition.ts'
import { assertMessage, isMessage, type CommandMessage, type EventMessage } from '../design/message.ts'
import { evolved } from '../runtime/commands/repository.ts'
import { differs, shownMessage, shownOutcome, shownValue } from './difference.ts'
import { givenMeta } from './given-meta.ts'
import { throughStore, type GivenEvent } from './stored-form.ts'

/** What the command of a test led to. Every method fails by an `AssertionError` that shows the difference. */
export interface Outcome<S, E extends string, R, X extends string> {
  /**
   * Exactly these events in this order (none given: no event), or one refusal. A business time and the detail of a
   * refusal count only where the expectation has one.
   */
  expect(...outcome: readonly (EventMessage<E> | Rejection<X>)[]): Outcome<S, E, R, X>
  /** The reply of the command. */
  expectReply(reply: R): Outcome<S, E, R, X>
  /** The state after the events that came. */
  expectState(state: S): Outcome<S, E, R, X>
  /** The decider threw: an error with this code, with a message that matches, or of this class. */
  expectError(error: ErrorCode | RegExp | (new (...args: any[]) => Error)): void
}

/** An aggregate with its history. */
export interface AfterGiven<S, E extends string, C extends string> {
  /** Lets the aggregate decide about a command. */
  when<N extends C, R, X extends string>(command: CommandMessage<N, unknown, R, X>): Outcome<S, E, R, X>
}

interface Result {
  readonly events: readonly EventMessage[]
  readonly reply: unknown
  readonly rejection: Rejection | undefined
  readonly state: unknown
  readonly error: unknown
}

/** Decides about a command after the given events. What is wrong with the test itself throws at once. */
export function decideAfter(
  aggregate: AnyAggregate,
  past: readonly EventMessage[],
  command: CommandMessage,
): Outcome<unknown, string, unknown, string> {
  const name = aggregate.name
  assertMessage(command, `when of ${name}`)
  const definition = aggregate.commands.find((each) => each === command.definition)
  if (definition === undefined) {
    const known = aggregate.commands.map(({ type }) => type).join(', ')
    throw failure(
      'EW_DESIGN',
      `${name} was asked about the ${command.kind} ${command.type}; its commands are: ${known}.`,
    )
  }
  const stream = streamName(name, aggregate.id(command.data, command.type))
  const history = throughStore(name, aggregate.events, past)
  const result = decided(aggregate, definition, stream, history, command)
  const context = [
    'given',
    ...history.map((event) => indented(shownMessage(event))),
    'when',
    indented(shownMessage(command)),
  ]
  return outcome(`${command.type} of ${name}`, aggregate, result, context)
}

/** The state after events, and what the next event's place is. */
export function foldGiven(aggregate: AnyAggregate, stream: string, events: readonly GivenEvent[]): unknown {
  let state: unknown = aggregate.initial()
  events.forEach(({ message, type, data }, index) => {
    const place = { stream, version: index + 1, position: index + 1 }
    state = evolved(aggregate, state, type, data, givenMeta(message, place))
  })
  return state
}

function decided(
  aggregate: AnyAggregate,
  definition: AnyCommand,
  stream: string,
  history: readonly GivenEvent[],
  command: CommandMessage,
): Result {
  const before = foldGiven(aggregate, stream, history)
  let answer: ReturnType<typeof decision>
  try {
    answer = decision(aggregate, definition, aggregate.decide[command.type]!(command.data, before))
  } catch (error) {
    return { events: [], reply: undefined, rejection: undefined, state: before, error }
  }
  // What was decided is stored and folded at once, so an event that evolve cannot take must fail here.
  const after = [...history, ...throughStore(aggregate.name, aggregate.events, answer.events)]
  return { ...answer, state: foldGiven(aggregate, stream, after), error: undefined }
}

function outcome(
  what: string,
  aggregate: AnyAggregate,
  result: Result,
  context: readonly string[],
): Outcome<unknown, string, unknown, string> {
  const answered = (): Result => {
    if (result.error === undefined) return result
    throw result.error
  }
  const self: Outcome<unknown, string, unknown, string> = {
    expect(...wanted) {
      const { events, rejection } = answered()
      const came = rejection === undefined ? events : [rejection]
      wanted.forEach((each) => assertExpectation(aggregate, each))
      const same = wanted.length === came.length && wanted.every((each, index) => isAs(each, came[index]!))
      if (same) return self
      const shown = {
        expected: shownAll(wanted),
        came: shownAll(came.map((each, index) => asPrecise(each, wanted[index]))),
      }
      throw differs({ what: `${what} led to something else.`, ...shown, context }, self.expect)
    },
    expectReply(wanted) {
      const { reply, rejection } = answered()
      const came = rejection === undefined ? shownValue(reply) : shownOutcome(rejection)
      if (rejection === undefined && isDeepStrictEqual(reply, wanted)) return self
      throw differs(
        { what: `${what} replied something else.`, expected: [shownValue(wanted)], came: [came], context },
        self.expectReply,
      )
    },
    expectState(wanted) {
      const { state } = answered()
      if (isDeepStrictEqual(state, wanted)) return self
      const shown = { expected: [shownValue(wanted)], came: [shownValue(state)] }
      throw differs({ what: `${what} led to another state.`, ...shown, context }, self.expectState)
    },
    expectError(wanted) {
      const { error, events, rejection } = result
      if (error !== undefined && isError(error, wanted)) return
      const expected = [typeof wanted === 'function' ? wanted.name : String(wanted)]
      const came = error === undefined ? shownAll(rejection === undefined ? events : [rejection]) : [String(error)]
      throw differs({ what: `${what} did not fail as expected.`, expected, came, context }, self.expectError)
    },
  }
  return self
}

function assertExpectation(aggregate: AnyAggregate, wanted: EventMessage | Rejection): void {
  if (isRejection(wanted)) return
  if (!isMessage(wanted)) assertMessage(wanted, `expect of ${aggregate.name}`)
  if (aggregate.events.includes(wanted.definition)) return
  throw failure(
    'EW_DESIGN',
    `${aggregate.name} is expected to emit ${wanted.type} made by a definition (version ` +
      `${wanted.schemaVersion}) that it does not declare.`,
  )
}

function isAs(wanted: EventMessage | Rejection, came: EventMessage | Rejection): boolean {
  if (isRejection(wanted)) {
    return (
      isRejection(came) && came.code === wanted.code && (wanted.detail === undefined || came.detail === wanted.detail)
    )
  }
  if (isRejection(came) || wanted.type !== came.type) return false
  if (wanted.occurredAt !== undefined && wanted.occurredAt !== came.occurredAt) return false
  return isDeepStrictEqual(came.data, wanted.data)
}

/** Leaves out what the expectation does not speak of, so that the difference shows what counts. */
function asPrecise(came: EventMessage | Rejection, wanted: EventMessage | Rejection | undefined): string {
  if (isRejection(came)) return shownOutcome(came)
  const timed = wanted !== undefined && !isRejection(wanted) && wanted.occurredAt !== undefined
  return shownMessage(timed ? came : { type: came.type, data: came.data })
}

function shownAll(outcomes: readonly (EventMessage | Rejection | string)[]): readonly string[] {
  if (outcomes.length === 0) return ['no event']
  return outcomes.map((each) => (typeof each === 'string' ? each : shownOutcome(each)))
}

function isError(error: unknown, wanted: ErrorCode | RegExp | (new (...args: any[]) => Error)): boolean {
  if (typeof wanted === 'string') return isEventwrightError(error, wanted)
  if (wanted instanceof RegExp) return wanted.test(error instanceof Error ? error.message : String(error))
  return error instanceof wanted
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}
