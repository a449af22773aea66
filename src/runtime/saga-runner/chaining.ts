import { nextTick } from '../../base/next-turn.ts'
import type { TraceContext } from '../../ports/telemetry.ts'
import { originWithin } from '../log/event-encoding.ts'
import type { RunEffect } from '../sagas/effects.ts'
import type { Ahead, Performed, RunnerEffect } from './core.ts'
import { bucketOf, type Desk } from './desk.ts'
import { Drafting, type Draft } from './draft.ts'
import type { Item } from './inbox.ts'
import type { Instance } from './instances.ts'
import { Touched } from './touched.ts'
import type { Parts } from './unit.ts'

/** A draft in which local steps have run on before it is committed. */
export interface Chain<S, I> {
  readonly draft: Draft<S, I>
  /** What the instance was told from outside. */
  readonly given: readonly Item<I>[]
  /** Local steps whose outcome is in the draft, in their order. */
  readonly steps: readonly { readonly step: string; readonly performed: Performed<I> }[]
  /** What has begun and belongs to nobody else. */
  readonly begun: ReadonlySet<RunnerEffect>
  /** A local step that needs more than a moment: it goes on beside the commit. */
  readonly running?: RunningStep<I>
  /** The owner's time was over before a local step that is asked for had begun. */
  readonly isCutOff?: true
}

/** A local step that has begun before the commit of what asks for it. */
export interface RunningStep<I> {
  readonly effect: RunEffect
  readonly performed: Promise<Performed<I>>
  /** What it reads waits for this: whether what asks for it is stored. */
  settle(isStored: boolean): void
}

/** A saga with more steps than that commits in between. */
const longest = 100

/**
 * Tells an instance what has come, and lets local steps run on: what they record commits with the fact that they are
 * done, so nothing of them is outside before the commit, and those that answer at once need no commit each. What a step
 * reads waits until everything before it is stored. An instance that a former owner has left is not hurried so: what
 * brings the process down must be counted as an attempt, and only what is stored counts.
 */
export async function chained<S, I>(
  desk: Desk<S, I>,
  before: Instance<S>,
  given: readonly Item<I>[],
  nowMs: number,
  within?: TraceContext,
): Promise<Chain<S, I>> {
  const { core, options } = desk
  const drafting = new Drafting(core, before, nowMs, options.random, within)
  const steps: { readonly step: string; readonly performed: Performed<I> }[] = []
  const begun = new Set<RunnerEffect>()
  const end = (): Chain<S, I> => {
    const draft = drafting.draft()
    return { draft, given: given.filter((item) => draft.items.includes(item)), steps, begun }
  }
  let effects = drafting.tell(given)
  const mayGoOn = isFresh(desk, before.id, given)
  while (mayGoOn && begun.size < longest) {
    const effect = effects.find(isLocal)
    if (effect === undefined || desk.meeting.has(effect.reply.step)) break
    if (desk.isOver.isRaised) return { ...end(), isCutOff: true }
    begun.add(effect)
    const running = begin(desk, effect, drafting.after, nowMs, within)
    const performed = await Promise.race([running.performed, nextTick()])
    if (performed === undefined) return { ...end(), running }
    running.settle(false)
    steps.push({ step: effect.reply.step, performed })
    effects = drafting.tell([{ id: before.id, input: performed.input, performed }])
  }
  return end()
}

/**
 * The step that has recorded for a row, or for a stream at an exact version, for which another part of its chain has
 * recorded too. Each was worked out without the other, so they cannot commit together.
 */
export function meetingStep<S, I>(chain: Chain<S, I>, { steps }: Parts<I>): string | undefined {
  if (steps.size < 2) return undefined
  const touched = new Touched()
  for (const [performed, unit] of steps)
    if (!touched.take(unit)) return chain.steps.find((each) => each.performed === performed)?.step
  return undefined
}

function isFresh<S, I>(desk: Desk<S, I>, id: string, [first]: readonly Item<I>[]): boolean {
  if (desk.apart.has(id)) return false
  return first?.mail === undefined || first.mail.atMs >= desk.begunAtMs.get(bucketOf(desk, id).bucket)!
}

function isLocal(effect: RunnerEffect): effect is RunEffect {
  return effect.kind === 'run' && effect.local
}

function begin<S, I>(
  desk: Desk<S, I>,
  effect: RunEffect,
  at: Instance<S>,
  nowMs: number,
  within: TraceContext | undefined,
): RunningStep<I> {
  const origin = originWithin(at.origin!, within)
  let settled: boolean | undefined
  const waiting: ((isStored: boolean) => void)[] = []
  const ahead: Ahead = {
    nowMs,
    // Hardly any step reads, so nothing is made for one that does not.
    async stored() {
      const isStored = settled ?? (await new Promise<boolean>((resolve) => waiting.push(resolve)))
      if (!isStored) throw new Error(`What asks for the step ${effect.reply.step} was not stored.`)
    },
  }
  return {
    effect,
    performed: desk.core.perform(effect, at.state!, origin, bucketOf(desk, at.id).signal, ahead),
    settle(isStored) {
      settled = isStored
      for (const resolve of waiting) resolve(isStored)
    },
  }
}
