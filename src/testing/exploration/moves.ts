import type { SagaEffect } from '../../runtime/sagas/effects.ts'
import type { SagaEvent } from '../../runtime/sagas/events.ts'
import type { SagaInput } from '../../runtime/sagas/input.ts'
import { dueAtMs, openStep, stepState, type SagaState } from '../../runtime/sagas/state.ts'
import { acted, receive } from './participant.ts'
import { tooManyAttempts, wrongBooks, wrongEvent } from './rules.ts'
import { forgetful, keyOfAnswer, keyOfAsking, type Answer, type Asking, type Ground, type World } from './world.ts'

/** One thing that can happen in a world. */
export interface Move {
  readonly what: string
  readonly world: World
  readonly events: readonly SagaEvent[]
  readonly wrong: string | undefined
  /** Happens by itself; the others are disturbances, or messages that need never come. */
  readonly natural: boolean
}

/** Everything that can happen next. */
export function movesOf(ground: Ground, world: World): readonly Move[] {
  const calm = !world.requests.some(({ held }) => !held) && !world.answers.some(({ held }) => !held)
  const moves = [
    ...world.requests.flatMap((asking, index) => requestMoves(ground, world, asking, index)),
    ...world.answers.flatMap((answer, index) => answerMoves(ground, world, answer, index)),
  ]
  const due = dueAtMs(world.state)
  if (due !== null && (calm || world.faults > 0)) moves.push(timeMove(ground, world, due, calm))
  if (world.faults > 0) moves.push(...disturbances(ground, world, due))
  return moves.map((move) => ({ ...move, world: forgetful(move.world) }))
}

/** The world after an input of the saga, with everything that its events lead to. */
export function tell(ground: Ground, world: World, input: SagaInput, what: string, natural = true): Move {
  const { saga, core } = ground
  const before = world.state
  const { events } = core.decide(saga, before, input, { nowMs: world.nowMs, random: 1 })
  let state = before
  let wrong: string | undefined
  for (const event of events) {
    wrong ??= wrongEvent(saga, state, event)
    state = core.evolve(state, event)
  }
  const done = { ...world, state, begun: begunAfter(world, events) }
  const effects = core.effects(saga, before, events, state)
  const next = effects.reduce(followed, recordedLocally(ground, done, events))
  const open = openStep(state)
  wrong ??= wrongBooks(next) ?? (open && tooManyAttempts(saga, open.step, open.request.action, next.begun))
  return { what, world: next, events, wrong, natural }
}

/** The world as an effect leaves it. */
export function followed(world: World, effect: SagaEffect): World {
  switch (effect.kind) {
    case 'send':
    case 'run': {
      const where = effect.kind === 'send' ? 'outside' : effect.local ? 'local' : 'function'
      const deadlineAtMs = effect.kind === 'send' ? effect.deadlineAtMs : null
      const asking: Asking = { address: effect.reply, deadlineAtMs, where, held: false, orphan: false }
      return { ...world, requests: [...world.requests, asking] }
    }
    case 'await': {
      const event: Answer = { step: effect.step, address: undefined, result: undefined, held: false, volatile: false }
      return { ...world, answers: [...world.answers, event] }
    }
    default:
      return world
  }
}

function begunAfter(world: World, events: readonly SagaEvent[]): number {
  return events.reduce((begun, { type }) => {
    if (type === 'StepRequested' || type === 'UndoRequested') return 1
    return type === 'StepRetried' || type === 'UndoRetried' ? begun + 1 : begun
  }, world.begun)
}

/** What a local step recorded is committed with its success. */
function recordedLocally(ground: Ground, world: World, events: readonly SagaEvent[]): World {
  return events.reduce((after, event) => {
    if (event.type !== 'StepSucceeded' && event.type !== 'UndoSucceeded') return after
    const action = event.type === 'UndoSucceeded' ? 'undo' : 'do'
    const step = ground.saga.steps.find(({ name }) => name === event.step)
    const kind =
      step === undefined || step.kind === 'wait' ? undefined : action === 'undo' ? step.undo?.kind : step.kind
    if (kind !== 'local') return after
    const address = { sagaId: '', step: event.step, action, execId: 0, attempt: 0 } as const
    return acted(ground, after, { address, where: 'local' })
  }, world)
}

function requestMoves(ground: Ground, world: World, asking: Asking, index: number): readonly Move[] {
  const { address, held } = asking
  const { step, action, execId } = address
  if (held && !isGivenUp(world.state, step, execId)) return []
  if (isRepeated(world.requests, asking, index)) return []
  const name = `${action} ${step}`
  const gone = { ...world, requests: world.requests.toSpliced(index, 1) }
  const moves = receive(ground, gone, asking).map(({ what, world: next }): Move => ({
    what: `${name}: the participant ${what}`,
    world: next,
    events: [],
    wrong: wrongBooks(next),
    natural: !held,
  }))
  if (world.faults === 0 || held) return moves
  const faults = world.faults - 1
  const quiet = { events: [], wrong: undefined, natural: false }
  moves.push({ what: `${name}: the request is lost`, world: { ...gone, faults }, ...quiet })
  const twice = { ...world, faults, requests: [...world.requests, asking] }
  if (asking.where === 'outside') moves.push({ what: `${name}: the request is sent twice`, world: twice, ...quiet })
  return moves
}

function answerMoves(ground: Ground, world: World, answer: Answer, index: number): readonly Move[] {
  const { step, address, result, held } = answer
  if (held && !isGivenUp(world.state, step, address?.execId)) return []
  if (world.answers.findIndex((other) => keyOfAnswer(other) === keyOfAnswer(answer)) < index) return []
  const gone = { ...world, answers: world.answers.toSpliced(index, 1) }
  const quiet = { events: [], wrong: undefined, natural: false }
  if (address === undefined || result === undefined) {
    const never: Move = { what: `wait ${step}: the event never comes`, world: gone, ...quiet, natural: true }
    return [tell(ground, gone, signalOf(ground, world, step), `wait ${step}: the event comes`), never]
  }
  const { action, execId, attempt } = address
  const input: SagaInput = { kind: 'reply', step, action, execId, attempt, result }
  const name = `${action} ${step}`
  const shown = result.status === 'refused' ? `refused with ${result.code}` : result.status
  const moves = [tell(ground, gone, input, `${name}: the answer comes: ${shown}`, !held)]
  if (world.faults === 0) return moves
  const faults = world.faults - 1
  if (!answer.volatile) moves.push({ what: `${name}: the answer is lost`, world: { ...gone, faults }, ...quiet })
  const copy = { ...world, faults }
  moves.push(tell(ground, copy, input, `${name}: the answer comes, and will come again: ${shown}`, false))
  if (ground.sendsEarly) {
    // The requests are out, and the process dies before it has stored why: the answer will come again.
    const { world: sent } = tell(ground, copy, input, '')
    const early = { ...copy, requests: sent.requests }
    moves.push({ what: `${name}: the answer comes, requests leave, nothing is stored`, world: early, ...quiet })
  }
  return moves
}

function timeMove(ground: Ground, world: World, dueAtMs: number, calm: boolean): Move {
  const later = { ...world, nowMs: Math.max(world.nowMs, dueAtMs), faults: calm ? world.faults : world.faults - 1 }
  const what = calm ? 'time passes' : 'time passes while messages are under way'
  return tell(ground, later, { kind: 'due' }, what, calm)
}

function disturbances(ground: Ground, world: World, due: number | null): readonly Move[] {
  const { state } = world
  const fewer = { ...world, faults: world.faults - 1 }
  const moves: Move[] = []
  const { deadlineAtMs } = state
  if (
    state.cause === null &&
    state.closed === null &&
    !state.overdue &&
    deadlineAtMs !== null &&
    due !== deadlineAtMs
  ) {
    const later = { ...fewer, nowMs: Math.max(world.nowMs, deadlineAtMs) }
    moves.push(tell(ground, later, { kind: 'due' }, 'the deadline of the saga passes', false))
  }
  if (ground.cancels && state.cause === null && state.closed === null && state.cancelled === null) {
    moves.push(tell(ground, fewer, { kind: 'cancel', who: 'somebody', why: 'whim' }, 'somebody cancels', false))
  }
  moves.push(crashMove(ground, fewer))
  return moves
}

/** What the process had in memory is gone; what it had asked others to do is not. */
function crashMove(ground: Ground, world: World): Move {
  const requests = world.requests
    .filter(({ where }) => where !== 'local')
    .map((asking) => (asking.where === 'function' ? { ...asking, orphan: true } : asking))
  const answers = world.answers.filter(({ volatile }) => !volatile)
  return tell(
    ground,
    { ...world, requests, answers },
    { kind: 'restart' },
    'the process dies, another takes over',
    false,
  )
}

function signalOf({ saga, outputs }: Ground, { state }: World, step: string): SagaInput {
  const value = String(stepState(state, step)?.request?.data ?? '')
  const wait = saga.steps.find(({ name }) => name === step)
  const schemaVersion = wait?.kind === 'wait' ? wait.event.schemaVersion : 1
  return { kind: 'signal', step, value, eventId: step, data: outputs[step] ?? null, schemaVersion }
}

function isGivenUp(state: SagaState, step: string, execId: number | undefined): boolean {
  const known = stepState(state, step)
  return known !== undefined && known.outcome !== 'open' && known.request?.execId !== execId
}

function isRepeated(requests: readonly Asking[], asking: Asking, index: number): boolean {
  const key = keyOfAsking(asking, asking.deadlineAtMs)
  return requests.findIndex((other) => keyOfAsking(other, other.deadlineAtMs) === key) < index
}
