import type { TraceContext } from '../../ports/telemetry.ts'
import type { Origin } from '../log/event-encoding.ts'
import type { Core, Decided, RunnerEffect } from './core.ts'
import type { Item } from './inbox.ts'
import type { Instance } from './instances.ts'

/** What an instance is about to do, worked out from what it was told. */
export interface Draft<S, I> {
  readonly before: Instance<S>
  /** The same as `before` when nothing is recorded. */
  readonly after: Instance<S>
  readonly events: Decided<S>['events']
  /** Where each event comes from: what is told one after the other may come from different messages. */
  readonly origins: readonly Origin[]
  readonly effects: readonly RunnerEffect[]
  /** Of each effect, the index of the last event of what it was told by. */
  readonly causes: readonly number[]
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
  /** The span that what it does is a part of. */
  readonly within?: TraceContext | undefined
}

/** Why an input was refused or kept. */
export interface Remark<I> {
  readonly item: Item<I>
  readonly answer: 'refused' | 'kept'
  readonly why: string
}

/** A draft that grows: an instance is told one thing after the other. */
export class Drafting<S, I> {
  readonly #core: Core<S, I>
  readonly #random: () => number
  readonly #before: Instance<S>
  readonly #nowMs: number
  readonly #within: TraceContext | undefined
  readonly #events: Decided<S>['events'][number][] = []
  readonly #origins: Origin[] = []
  readonly #effects: RunnerEffect[] = []
  readonly #causes: number[] = []
  readonly #items: Item<I>[] = []
  readonly #used: Item<I>[] = []
  readonly #recorded: Item<I>[] = []
  readonly #remarks: Remark<I>[] = []
  #after: Instance<S>
  #failed: Draft<S, I>['failed']

  constructor(
    core: Core<S, I>,
    before: Instance<S>,
    nowMs: number,
    random: () => number,
    within?: TraceContext | undefined,
  ) {
    this.#within = within
    this.#core = core
    this.#random = random
    this.#before = before
    this.#after = before
    this.#nowMs = nowMs
  }

  /** The instance as what it was told has left it. */
  get after(): Instance<S> {
    return this.#after
  }

  /** Answers what has to follow from the last one that was told; nothing when the rules threw. */
  tell(items: readonly Item<I>[]): readonly RunnerEffect[] {
    let effects: readonly RunnerEffect[] = []
    for (const [index, item] of items.entries()) {
      try {
        effects = this.#tell(item)
      } catch (error) {
        this.#failed = { items: items.slice(index), error }
        return []
      }
    }
    return effects
  }

  draft(): Draft<S, I> {
    const before = this.#before
    const told = { items: this.#items, used: this.#used, recorded: this.#recorded, remarks: this.#remarks }
    const draft = { before, after: this.#after, events: this.#events, effects: this.#effects, nowMs: this.#nowMs }
    const from = { origins: this.#origins, causes: this.#causes, within: this.#within }
    return { ...draft, ...told, ...from, ...(this.#failed !== undefined && { failed: this.#failed }) }
  }

  #tell(item: Item<I>): readonly RunnerEffect[] {
    // It has ended, and its row is gone: nothing begins it anew.
    if (this.#before.state === undefined && this.#before.version > 0) {
      this.#items.push(item)
      this.#used.push(item)
      return []
    }
    const moment = { nowMs: this.#nowMs, random: this.#random() }
    const decided = this.#core.decide(this.#after.state, item.input, moment)
    const { answer, why } = decided
    // An order that is refused is recorded too.
    if (decided.events.length > 0) {
      this.#after = moved(this.#after, item, decided, this.#nowMs)
      for (const event of decided.events) {
        this.#events.push(event)
        this.#origins.push(this.#after.origin!)
      }
      for (const effect of decided.effects) {
        this.#effects.push(effect)
        this.#causes.push(this.#events.length - 1)
      }
      this.#recorded.push(item)
    }
    if (why !== undefined && (answer === 'refused' || answer === 'kept')) this.#remarks.push({ item, answer, why })
    if (answer !== 'kept') this.#used.push(item)
    this.#items.push(item)
    return decided.effects
  }
}

/** Tells an instance one thing after the other. */
export function draftOf<S, I>(
  core: Core<S, I>,
  before: Instance<S>,
  items: readonly Item<I>[],
  nowMs: number,
  random: () => number,
): Draft<S, I> {
  const drafting = new Drafting(core, before, nowMs, random)
  drafting.tell(items)
  return drafting.draft()
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
