import { AssertionError } from 'node:assert'
import { failure } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import { assertMessage, type EventMessage } from '../design/message.ts'
import type { AnySaga, RetryPlan, SagaDef, SagaStep } from '../design/sagas/definition.ts'
import { sample } from '../schema/sample.ts'
import { sagaCore, type SagaCore } from '../runtime/sagas/core.ts'
import { followed, type Move } from './exploration/moves.ts'
import { search, type Counterexample, type Found } from './exploration/search.ts'
import type { Ground, World } from './exploration/world.ts'
import { givenTime } from './given-meta.ts'
import { storedOutput } from './saga-output.ts'
import { shownSagaEvent } from '../runtime/sagas/timeline.ts'
import { seededRandom } from './seeded-random.ts'

/** What an exploration varies, and what it needs to know. */
export interface ExploreOptions<S extends string, D> {
  /** The event that starts the saga. */
  readonly input: EventMessage<S>
  /**
   * Outputs of steps, and data of awaited events. Replies of commands are made from their schemas where none is given.
   */
  readonly outputs?: { readonly [K in keyof D]?: D[K] }
  /** How many disturbances one course has at most: a loss, a repeat, a delay, a crash, a cancel. Default 1. */
  readonly faults?: number
  /** No step is tried more often than this, whatever it declares. Default 2. */
  readonly attempts?: number
  /** Whether somebody may cancel. Default true. */
  readonly cancels?: boolean
  /** An exploration that meets more worlds is given up. Default 1,000,000. Error: EW_DESIGN. */
  readonly maxWorlds?: number
}

/** What was explored. */
export interface Exploration {
  /** Different courses from the start to an end. */
  readonly combinations: number
  /** Different moments that were looked at. */
  readonly worlds: number
  /** How often which end was met. */
  readonly ends: Found['ends']
  /** What was tried, with how often. */
  readonly tried: ReadonlyMap<string, number>
  /** One line for people. */
  readonly summary: string
}

/**
 * Goes through everything that can become of a saga, in virtual time: every step answered, refused, failing once or
 * always, unheard, heard too late, done without an answer or with a late one, its undo likewise; and in every moment of
 * each of these courses a lost or repeated message, a delay, a crash, a passed deadline, a cancel.
 *
 * Participants keep replies and tombstones as the runtime's do. After every course the saga must be completed with
 * every effect, or compensated with none, or visibly stuck; nothing happens twice; nothing is undone that was not asked
 * for, nor in another order than the reverse. Otherwise an `AssertionError` shows the shortest course that goes wrong.
 */
export function explore<S extends string, D>(saga: SagaDef<string, S, D>, options: ExploreOptions<S, D>): Exploration {
  return exploreBroken(saga, options, {})
}

/** What a test may break on purpose, to see that the exploration finds it. */
export interface Breakage {
  readonly core?: SagaCore
  /** Participants forget undos that came before their step. */
  readonly tombstones?: boolean
  /** Requests leave before the events that register them are stored. */
  readonly sendsEarly?: boolean
}

/** As `explore`, with something broken. */
export function exploreBroken<S extends string, D>(
  declared: SagaDef<string, S, D>,
  options: ExploreOptions<S, D>,
  { core = sagaCore, tombstones = true, sendsEarly = false }: Breakage,
): Exploration {
  const { faults = 1, attempts = 2, cancels = true, maxWorlds = 1_000_000 } = options
  const saga = withAttempts(declared, attempts)
  const ground: Ground = {
    saga,
    core,
    start: startOf(saga, options.input),
    outputs: outputsOf(saga, options.outputs ?? {}),
    tombstones,
    cancels,
    sendsEarly,
  }
  const found = search(ground, begin(ground, faults), maxWorlds)
  if (found.counterexample !== undefined) throw wrong(saga, found.counterexample)
  const { worlds, combinations, ends, tried } = found
  const shown = Object.entries(ends).map(([status, count]) => `${status} ${count}`)
  const count = combinations.toLocaleString('en', { maximumFractionDigits: 0 })
  const moments = worlds.toLocaleString('en')
  const summary = `${saga.name}: ${count} combinations, ${moments} different moments; ends: ${shown.join(', ')}`
  return { combinations, worlds, ends, tried, summary }
}

function begin({ saga, core, start }: Ground, faults: number): Move {
  const nowMs = Date.parse(givenTime)
  const { events } = core.decide(saga, undefined, { kind: 'started', ...start }, { nowMs, random: 1 })
  let state = core.evolve(undefined, events[0]!)
  for (const event of events.slice(1)) state = core.evolve(state, event)
  const empty: World = { state, nowMs, requests: [], answers: [], manners: {}, heard: {}, books: {}, begun: 1, faults }
  const world = core.effects(saga, undefined, events, state).reduce(followed, empty)
  const threw = state.stuck === null ? undefined : `at ${state.stuck.action} ${state.stuck.step} ${state.stuck.reason}`
  return { what: 'the saga is started', world, events, wrong: threw, natural: true }
}

function startOf(saga: AnySaga, input: EventMessage): Ground['start'] {
  assertMessage(input, `explore of saga ${saga.name}`)
  if (input.type !== saga.startedBy.type) {
    throw failure('EW_DESIGN', `The saga ${saga.name} is started by ${saga.startedBy.type}, not by ${input.type}.`)
  }
  const data = JSON.parse(input.definition.text(input.data)) as Json
  const id = saga.id(saga.startedBy.decode(input.schemaVersion, data))
  return { sagaId: `${saga.name}/${id}`, data, schemaVersion: input.schemaVersion }
}

function outputsOf(saga: AnySaga, given: { readonly [step: string]: unknown }): Ground['outputs'] {
  const random = seededRandom(1)
  const outputs = saga.steps.map((step) => {
    const known = Object.hasOwn(given, step.name) ? given[step.name] : undefined
    if (step.kind === 'call') {
      const { reply } = step.command
      return [
        step.name,
        storedOutput(saga, step.name, reply === undefined ? known : (known ?? sample(reply.node, random))),
      ]
    }
    if (step.kind !== 'wait') return [step.name, storedOutput(saga, step.name, known)]
    const data = known ?? sample(step.event.versions.at(-1)!.node, random)
    return [step.name, JSON.parse(step.event.text(data)) as Json]
  })
  return Object.fromEntries(outputs) as Ground['outputs']
}

/** Every further attempt makes more worlds and shows nothing new. */
function withAttempts(saga: AnySaga, attempts: number): AnySaga {
  const fewer = (plan: RetryPlan): RetryPlan =>
    plan.maxAttempts === 'forever' ? plan : { ...plan, maxAttempts: Math.min(plan.maxAttempts, attempts) }
  const steps = saga.steps.map((step): SagaStep => {
    if (step.kind === 'wait') return step
    const { undo } = step
    const less = undo === undefined || undo.kind === 'none' ? undo : { ...undo, retry: fewer(undo.retry) }
    return { ...step, retry: fewer(step.retry), undo: less }
  })
  return { ...saga, steps }
}

function wrong(saga: AnySaga, { wrong: what, course }: Counterexample): AssertionError {
  const lines = course.flatMap(({ atMs, what: happened, events }) => [
    `${String(atMs / 1_000).padStart(8)} s  ${happened}`,
    ...events.map((event) => `${' '.repeat(14)}${shownSagaEvent(event)}`),
  ])
  return new AssertionError({
    message: [`The saga ${saga.name} can go wrong: ${what}.`, '', ...lines].join('\n'),
    operator: 'explore',
    stackStartFn: explore,
  })
}
