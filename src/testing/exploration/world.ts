import type { Json } from '../../base/json.ts'
import type { AnySaga } from '../../design/sagas/definition.ts'
import type { SagaCore } from '../../runtime/sagas/core.ts'
import type { ReplyAddress } from '../../runtime/sagas/effects.ts'
import type { StepResult } from '../../runtime/sagas/input.ts'
import { stepState, type SagaState, type StepState } from '../../runtime/sagas/state.ts'

/** What is explored: the saga, what its steps answer, and the rules, which tests may break on purpose. */
export interface Ground {
  readonly saga: AnySaga
  readonly core: SagaCore
  readonly start: { readonly sagaId: string; readonly data: Json; readonly schemaVersion: number }
  /** Stored outputs by step; of a wait, the stored data of its event. */
  readonly outputs: { readonly [step: string]: Json | undefined }
  /** Whether a participant that undoes what it never did refuses to do it later. */
  readonly tombstones: boolean
  /** Whether somebody may cancel. */
  readonly cancels: boolean
  /** Broken on purpose: requests leave before the events that register them are stored. */
  readonly sendsEarly: boolean
}

/**
 * One simulated moment: the instance as it is stored, what is under way, and what the participants have in their books.
 */
export interface World {
  readonly state: SagaState
  readonly nowMs: number
  readonly requests: readonly Asking[]
  readonly answers: readonly Answer[]
  /** How a participant behaves towards a request, chosen when it first comes; by `do <step>` and `undo <step>`. */
  readonly manners: { readonly [request: string]: string }
  /** How often it has come. */
  readonly heard: { readonly [request: string]: number }
  readonly books: { readonly [step: string]: Book }
  /** Attempts of the last request that were begun. */
  readonly begun: number
  /** Disturbances that may still come. */
  readonly faults: number
}

/** A request on its way to a participant, or to a function that runs in the process of the saga. */
export interface Asking {
  readonly address: ReplyAddress
  readonly deadlineAtMs: number | null
  readonly where: 'outside' | 'function' | 'local'
  /** Comes only after the step was given up. */
  readonly held: boolean
  /** Its process is gone: what it does counts, what it answers is lost. */
  readonly orphan: boolean
}

/** An answer, or an awaited event, on its way to the saga. */
export interface Answer {
  readonly step: string
  readonly address: ReplyAddress | undefined
  /** Undefined for an awaited event. */
  readonly result: StepResult | undefined
  readonly held: boolean
  /** In the memory of the process: lost with it. */
  readonly volatile: boolean
}

/** What a participant has in its books about one step: never lost, whatever becomes of the saga. */
export interface Book {
  /** How often the effect has taken place. */
  readonly did: number
  readonly undid: number
  readonly reply: StepResult | undefined
  readonly undoReply: StepResult | undefined
  readonly tombstone: boolean
}

/** An empty book. */
export const emptyBook: Book = { did: 0, undid: 0, reply: undefined, undoReply: undefined, tombstone: false }

/** The book of a step. */
export function bookOf(world: World, step: string): Book {
  return world.books[step] ?? emptyBook
}

/** The world with another book. */
export function withBook(world: World, step: string, book: Book): World {
  return { ...world, books: { ...world.books, [step]: book } }
}

/**
 * The world without what can no longer matter: how participants behaved, and what they keep, where nobody asks any
 * more. Courses that differ only in that go on as one.
 */
export function forgetful(world: World): World {
  const busy = busySteps(world)
  // A step that the saga has not asked for, as far as is stored, it will ask for again.
  const matters = (step: string): boolean => busy.has(step) || stepState(world.state, step) === undefined
  const isKept = ([name]: readonly [string, unknown]): boolean => matters(name.slice(name.indexOf(' ') + 1))
  const books = Object.entries(world.books).map(
    ([step, book]) => [step, matters(step) ? book : balanced(book)] as const,
  )
  return {
    ...world,
    manners: Object.fromEntries(Object.entries(world.manners).filter(isKept)),
    heard: Object.fromEntries(Object.entries(world.heard).filter(isKept)),
    books: Object.fromEntries(books),
  }
}

/** Steps about which something may still be said. */
function busySteps({ state, requests, answers }: World): ReadonlySet<string> {
  const busy = new Set(requests.map(({ address }) => address.step))
  for (const { step } of answers) busy.add(step)
  for (const step in state.steps) if (state.steps[step]!.request !== null) busy.add(step)
  return busy
}

/**
 * A text that is the same for worlds from which the same can follow: times count from now; outputs and causes do not
 * count, because they only go into the data of commands.
 */
export function keyOfWorld(world: World): string {
  const { state, nowMs } = world
  const span = (time: number | null): number | null => (time === null ? null : Math.max(-1, time - nowMs))
  const forward = state.cause === null && !state.overdue
  const busy = busySteps(world)
  const tokens = ([name, step]: readonly [string, StepState]): readonly unknown[] =>
    state.cause === null || busy.has(name) ? [name, ...tokensOf(step, span)] : [name, isOwed(step)]
  return JSON.stringify([
    [state.status, forward, state.cancelled !== null, forward && span(state.deadlineAtMs), state.stuck],
    Object.entries(state.steps).map(tokens),
    world.requests.map((asking) => keyOfAsking(asking, span(asking.deadlineAtMs))).sort(),
    world.answers.map((answer) => keyOfAnswer(answer)).sort(),
    sorted(world.manners),
    sorted(world.heard),
    sorted(world.books),
    world.begun,
    world.faults,
  ])
}

function tokensOf(
  { outcome, undo, again, request }: StepState,
  span: (time: number | null) => number | null,
): readonly unknown[] {
  if (request === null) return [outcome, undo]
  const { execId, attempt, phase, dueAtMs, giveUpAtMs, deadlineAtMs } = request
  return [outcome, undo, again, execId, attempt, phase, span(dueAtMs), span(giveUpAtMs), span(deadlineAtMs)]
}

/** All that matters of a step on the way back, once nobody can say more about it. */
function isOwed({ outcome, undo }: StepState): boolean {
  return undo === 'registered' && outcome !== 'failed'
}

function balanced({ did, undid }: Book): Book {
  return { ...emptyBook, did: did - undid }
}

/** A text that tells requests apart. */
export function keyOfAsking({ address, where, held, orphan }: Asking, deadline: number | null): string {
  const { step, action, execId, attempt } = address
  return `${step} ${action} ${execId} ${attempt} ${where} ${held} ${orphan} ${deadline}`
}

/** A text that tells answers apart. */
export function keyOfAnswer({ step, address, result, held, volatile }: Answer): string {
  return `${step} ${address?.action} ${address?.execId} ${address?.attempt} ${JSON.stringify(result)} ${held} ${volatile}`
}

function sorted(table: { readonly [name: string]: unknown }): readonly (readonly [string, unknown])[] {
  return Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1))
}
