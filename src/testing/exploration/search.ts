import { failure } from '../../base/errors.ts'
import type { SagaEvent } from '../../runtime/sagas/events.ts'
import type { SagaStatus } from '../../runtime/sagas/state.ts'
import { movesOf, type Move } from './moves.ts'
import { wrongEnd } from './rules.ts'
import { keyOfWorld, type Ground, type World } from './world.ts'

/** What a search has found. */
export interface Found {
  /** Different worlds that were looked at. */
  readonly worlds: number
  /** Different courses from the beginning to an end. */
  readonly combinations: number
  /** How often a quiet world had this status. */
  readonly ends: { readonly [S in SagaStatus]?: number }
  /** Everything that was tried, with how often: "do pay: the participant answers". */
  readonly tried: ReadonlyMap<string, number>
  /** The shortest course that ends in something wrong. */
  readonly counterexample: Counterexample | undefined
}

/** A course that leads to something wrong. */
export interface Counterexample {
  readonly wrong: string
  readonly course: readonly Happening[]
}

/** One step of a course. */
export interface Happening {
  readonly atMs: number
  readonly what: string
  readonly events: readonly SagaEvent[]
}

/** Goes through every world that can be reached, the nearest first, so that the first wrong one is the shortest. */
export function search(ground: Ground, first: Move, maxWorlds: number): Found {
  const known = new Map<string, number>([[keyOfWorld(first.world), 0]])
  const parents: number[] = [-1]
  const moves: number[] = [0]
  const edges: (readonly number[])[] = []
  const ends: { [S in SagaStatus]?: number } = {}
  const tried = new Map<string, number>()
  let frontier: (World | undefined)[] = [first.world]
  const found = (wrong: string | undefined, at: number, last?: number): Found => {
    const steps = wrong === undefined ? [] : pathTo(parents, moves, at, last)
    const counterexample = wrong === undefined ? undefined : { wrong, course: replay(ground, first, steps) }
    return { worlds: known.size, combinations: wrong === undefined ? courses(edges) : 0, ends, tried, counterexample }
  }
  if (first.wrong !== undefined) return found(first.wrong, 0)
  for (let at = 0; at < frontier.length; at++) {
    const world = frontier[at]!
    frontier[at] = undefined
    const next = movesOf(ground, world)
    if (!next.some(({ natural }) => natural)) {
      const wrong = wrongEnd(ground, world)
      if (wrong !== undefined) return found(wrong, at)
      ends[world.state.status] = (ends[world.state.status] ?? 0) + 1
    }
    const reached: number[] = []
    for (let number = 0; number < next.length; number++) {
      const move = next[number]!
      tried.set(move.what, (tried.get(move.what) ?? 0) + 1)
      if (move.wrong !== undefined) return found(move.wrong, at, number)
      const key = keyOfWorld(move.world)
      let index = known.get(key)
      if (index === undefined) {
        index = known.size
        if (index >= maxWorlds) throw tooMany(ground, maxWorlds)
        known.set(key, index)
        parents.push(at)
        moves.push(number)
        frontier.push(move.world)
      }
      if (index !== at) reached.push(index)
    }
    edges.push(reached)
  }
  frontier = []
  return found(undefined, 0)
}

/** The numbers of the moves from the beginning to a world, and one more. */
function pathTo(parents: readonly number[], moves: readonly number[], at: number, last: number | undefined): number[] {
  const path = last === undefined ? [] : [last]
  for (let index = at; index > 0; index = parents[index]!) path.push(moves[index]!)
  return path.reverse()
}

/** Worlds are thrown away once they were looked at, so a course is gone through again by the numbers of its moves. */
function replay(ground: Ground, first: Move, path: readonly number[]): readonly Happening[] {
  const startMs = first.world.nowMs
  const course: Happening[] = [{ atMs: 0, what: first.what, events: first.events }]
  let { world } = first
  for (const number of path) {
    const move = movesOf(ground, world)[number]!
    course.push({ atMs: move.world.nowMs - startMs, what: move.what, events: move.events })
    world = move.world
  }
  return course
}

/**
 * How many different courses lead from the first world to one without a next one. Infinity where they go in circles.
 */
function courses(edges: readonly (readonly number[])[]): number {
  const counts = new Float64Array(edges.length).fill(-1)
  const open = new Uint8Array(edges.length)
  const stack = [0]
  while (stack.length > 0) {
    const at = stack.at(-1)!
    const next = edges[at]!
    if (open[at] === 0) {
      open[at] = 1
      for (const index of next) {
        if (open[index] === 1) return Infinity
        if (counts[index] === -1) stack.push(index)
      }
      continue
    }
    stack.pop()
    if (open[at] === 2) continue
    open[at] = 2
    counts[at] = next.length === 0 ? 1 : next.reduce((sum, index) => sum + counts[index]!, 0)
  }
  return counts[0]!
}

function tooMany({ saga }: Ground, maxWorlds: number): Error {
  return failure(
    'EW_DESIGN',
    `The saga ${saga.name} leads to more than ${maxWorlds} worlds; explore it with fewer faults or attempts.`,
  )
}
