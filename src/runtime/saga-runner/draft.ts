import type { Core, Decided, RunnerEffect } from './core.ts'
import type { Item } from './inbox.ts'
import type { Instance } from './instances.ts'

/** What an instance is about to do, worked out from what it was told. */
export interface Draft<S, I> {
  readonly before: Instance<S>
  /** The same as `before` when nothing is recorded. */
  readonly after: Instance<S>
  readonly events: Decided<S>['events']
  readonly effects: readonly RunnerEffect[]
  /** What is done with once this is committed. */
  readonly items: readonly Item<I>[]
  /** Of these, the ones whose mail is used up. */
  readonly used: readonly Item<I>[]
  /** Of these, the ones that led to events. */
  readonly recorded: readonly Item<I>[]
  /** What somebody should know: why something was refused or kept. */
  readonly remarks: readonly Remark<I>[]
  /** At what the rules threw; what comes after it is not told either. */
  readonly failed?: { readonly items: readonly Item<I>[]; readonly error: unknown }
  readonly nowMs: number
}

/** Why an input was refused or kept. */
export interface Remark<I> {
  readonly item: Item<I>
  readonly answer: 'refused' | 'kept'
  readonly why: string
}

/** Tells an instance one thing after the other. */
export function draftOf<S, I>(
  core: Core<S, I>,
  before: Instance<S>,
  items: readonly Item<I>[],
  nowMs: number,
  random: () => number,
): Draft<S, I> {
  let after = before
  const events: Decided<S>['events'][number][] = []
  const effects: RunnerEffect[] = []
  const told: Item<I>[] = []
  const used: Item<I>[] = []
  const recorded: Item<I>[] = []
  const remarks: Remark<I>[] = []
  const course = () => ({ before, after, events, effects, items: told, used, recorded, remarks, nowMs })
  // It has ended, and its row is gone: nothing begins it anew.
  if (before.state === undefined && before.version > 0) return { ...course(), items, used: items }
  for (const [index, item] of items.entries()) {
    try {
      const decided = core.decide(after.state, item.input, { nowMs, random: random() })
      const { answer, why } = decided
      // An order that is refused is recorded too.
      if (decided.events.length > 0) {
        after = moved(after, item, decided, nowMs)
        events.push(...decided.events)
        effects.push(...decided.effects)
        recorded.push(item)
      }
      if (why !== undefined && (answer === 'refused' || answer === 'kept')) remarks.push({ item, answer, why })
      if (answer !== 'kept') used.push(item)
      told.push(item)
    } catch (error) {
      return { ...course(), failed: { items: items.slice(index), error } }
    }
  }
  return course()
}

function moved<S, I>(
  { id, version, startedAtMs, origin }: Instance<S>,
  item: Item<I>,
  { state, events }: Decided<S>,
  nowMs: number,
): Instance<S> {
  return {
    id,
    state,
    version: version + events.length,
    startedAtMs: version === 0 ? nowMs : startedAtMs,
    origin: item.origin ?? origin ?? { correlationId: id, causationId: id },
  }
}
