import { parseTimestamp } from '../base/timestamp.ts'
import { durationMs, type Duration } from '../base/duration.ts'
import { failure } from '../base/errors.ts'
import { canonicalJson, type Json } from '../base/json.ts'
import { streamName } from '../base/stream-name.ts'
import { assertMessage, type CommandMessage, type EventMessage } from '../design/message.ts'
import type { AnyProcess, ProcessDef } from '../design/sagas/process.ts'
import { decideProcess, effectsOfProcess, evolveProcess, processDueAtMs } from '../runtime/sagas/process-core.ts'
import type { ProcessInput, ProcessState } from '../runtime/sagas/process.ts'
import { differs, shownMessage, shownValue } from './difference.ts'
import { givenMeta, givenTime } from './given-meta.ts'

/**
 * A test of one instance of a process, in virtual time. Each method answers a new test; errors of the test itself are
 * EW_DESIGN. Events without a business time of their own happen when the test says so.
 */
export interface ProcessSpec<S> {
  /** Events, in this order. They must all belong to the same instance. */
  given(...events: readonly EventMessage[]): ProcessSpec<S>
  /** The time moves on, and timers fire; without a time, until the next one does. */
  advance(time?: Duration): ProcessSpec<S>
  /** Every command since the last expectation, in order. */
  expect(...commands: readonly CommandMessage[]): ProcessSpec<S>
  expectState(state: S): ProcessSpec<S>
  /** The names of the timers that run. */
  expectTimers(...timers: readonly string[]): ProcessSpec<S>
  /** The instance has ended. */
  expectEnd(): ProcessSpec<S>
}

/**
 * Describes what a process does: `processSpec(Shipping).given(OrderPacked({ … })).advance('1h').expect(Remind({ … }))`.
 */
export function processSpec<S>(process: ProcessDef<string, S>): ProcessSpec<S> {
  const nowMs = Date.parse(givenTime)
  return spec({ process, state: undefined, nowMs, events: 0, sent: [], lines: [] }) as ProcessSpec<S>
}

interface Scene {
  readonly process: AnyProcess
  readonly state: ProcessState | undefined
  readonly nowMs: number
  readonly events: number
  readonly sent: readonly string[]
  readonly lines: readonly string[]
}

function spec(scene: Scene): ProcessSpec<unknown> {
  const { process, state } = scene
  const same = (what: string, wanted: readonly string[], came: readonly string[], caller: Function): void => {
    if (canonicalJson(wanted) === canonicalJson(came)) return
    throw differs(
      { what: `The process ${process.name}: ${what}.`, expected: wanted, came, context: scene.lines },
      caller,
    )
  }
  const self: ProcessSpec<unknown> = {
    given: (...events) => spec(events.reduce(met, scene)),
    advance(time) {
      const next = state === undefined ? null : processDueAtMs(state)
      return spec(moved(scene, time === undefined ? (next ?? scene.nowMs) : scene.nowMs + durationMs(time)))
    },
    expect(...commands) {
      const wanted = commands.map((message) => {
        assertMessage(message, `expect of process ${process.name}`)
        return shownMessage({ type: message.type, data: message.definition.encode(message.data) })
      })
      same('other commands than expected', wanted, scene.sent, self.expect)
      return spec({ ...scene, sent: [] })
    },
    expectState(wanted) {
      const came = state === undefined ? process.initial() : state.state
      same('another state than expected', [shownValue(wanted)], [shownValue(came)], self.expectState)
      return self
    },
    expectTimers(...timers) {
      same('other timers than expected', [...timers].sort(), Object.keys(state?.timers ?? {}).sort(), self.expectTimers)
      return self
    },
    expectEnd() {
      same('not as expected', ['it has ended'], [state?.ended === true ? 'it has ended' : 'it goes on'], self.expectEnd)
      return self
    },
  }
  return self
}

function met(scene: Scene, message: EventMessage): Scene {
  const { process } = scene
  assertMessage(message, `given of process ${process.name}`)
  const reaction = process.reactions.find(({ event }) => event.type === message.type)
  if (reaction === undefined) {
    const known = process.reactions.map(({ event }) => event.type).join(', ')
    throw failure('EW_DESIGN', `The process ${process.name} does not react to ${message.type}; it reacts to: ${known}.`)
  }
  const stored = JSON.parse(message.definition.text(message.data)) as Json
  const id = reaction.correlate(reaction.event.decode(message.schemaVersion, stored))
  const processId = streamName(process.name, id)
  if (scene.state !== undefined && scene.state.processId !== processId) {
    throw failure(
      'EW_DESIGN',
      `${message.type} belongs to ${processId}, and this test is about ${scene.state.processId}.`,
    )
  }
  const number = scene.events + 1
  const at = parseTimestamp(message.occurredAt ?? '') ?? undefined
  const meta = givenMeta({ occurredAt: at }, { stream: 'Given/1', version: number, position: number })
  const { type, schemaVersion } = message
  const input: ProcessInput = { kind: 'event', processId, type, schemaVersion, data: stored, meta }
  return told({ ...scene, events: number, lines: [...scene.lines, shownMessage(message)] }, input)
}

function moved(scene: Scene, untilMs: number): Scene {
  const atMs = scene.state === undefined ? null : processDueAtMs(scene.state)
  if (atMs === null || atMs > untilMs) return { ...scene, nowMs: untilMs }
  const due = { ...scene, nowMs: atMs, lines: [...scene.lines, `+${(atMs - Date.parse(givenTime)) / 1_000} s`] }
  return moved(told(due, { kind: 'due' }), untilMs)
}

function told(scene: Scene, input: ProcessInput): Scene {
  const { process, state, nowMs } = scene
  const { events } = decideProcess(process, state, input, nowMs)
  const stored = JSON.parse(JSON.stringify(events)) as typeof events
  const after = stored.reduce<ProcessState | undefined>((before, event) => evolveProcess(before, event), state)
  if (after === undefined) return scene
  const sent = effectsOfProcess(state, stored, after).flatMap((effect) =>
    effect.kind === 'send' ? [shownMessage({ type: effect.command, data: effect.data })] : [],
  )
  return {
    ...scene,
    state: after,
    sent: [...scene.sent, ...sent],
    lines: [...scene.lines, ...sent.map((each) => `  ${each}`)],
  }
}
