import type { Json, Measured } from '../wire.ts'

/** How many dead letters have the same consumer, reason and type. */
export interface DeadLetterGroups extends Measured {
  readonly groups: readonly {
    readonly consumer: string
    readonly code: string
    readonly type: string | null
    readonly letters: number
  }[]
}

/** A message that failed for good, at the head of a parked key. */
export interface DeadLetterItem {
  readonly consumer: string
  readonly key: string
  readonly source: string
  readonly position: number
  readonly type: string | null
  readonly id: string | null
  readonly correlationId: string | null
  readonly state: 'parked' | 'replaying'
  readonly code: string
  readonly message: string
  readonly attempts: number
  readonly replays: number
  readonly edits: number
  /** Messages of the key that wait behind it. */
  readonly behindMessages: number
  readonly parkedAt: string
  readonly failedAt: string
}

/** When something failed, and why. */
export interface Failure {
  readonly at: string
  readonly code: string
  readonly message: string
}

/** Everything about a dead letter. */
export interface DeadLetterStory extends Measured, DeadLetterItem {
  readonly stack: string
  readonly history: readonly Failure[]
  readonly replayEnds: readonly Failure[]
  readonly schemaVersion: number | null
  readonly knownVersions?: readonly number[]
  readonly content: Json
  readonly original?: Json
  readonly actions: readonly DeadLetterAction[]
  /** How its data can be edited; absent where it cannot be, and `whyNotEditable` says why. */
  readonly form?: EditForm
  readonly whyNotEditable?: string
}

/** What an edit begins with. A text that is `masked` and left so stays what it was. */
export interface EditForm {
  /** JSON Schema (2020-12) of the data. */
  readonly schema: Json
  readonly data: Json
}

/** What was done to a dead letter. */
export interface DeadLetterAction {
  readonly no: number
  readonly kind: 'edited' | 'discarded'
  readonly consumer: string
  readonly key: string
  readonly position: number
  readonly type: string | null
  readonly code: string
  readonly message: string
  readonly who: string
  readonly why: string
  readonly at: string
  readonly content?: Json
  readonly edited?: Json
}

/** Dead letters as they were when somebody looked; those that come later are not among them. Kept for an hour. */
export interface FrozenLetters extends Measured {
  readonly frozen: string
  readonly consumer: string
  readonly letters: number
}

/** What a bulk order is about: frozen letters, or some of a page. */
export type Bulk =
  | { readonly frozen: string; readonly force?: boolean }
  | {
      readonly consumer: string
      readonly letters: readonly { readonly key: string; readonly position: number }[]
      readonly force?: boolean
    }

/** What a replay would do as things stand; nothing was marked for it. */
export interface ReplayPlan extends Measured {
  readonly consumer: string
  /** Whose handler they would meet; absent where this system has none for them. */
  readonly handler?: { readonly kind: string; readonly name: string; readonly service: string }
  /** Processes that run the consumer now; with none, a replay waits for one. */
  readonly owners: number
  readonly letters: number
  /** Those of the letters that would be handled again. */
  readonly replayed: number
  /** Messages behind these that would be handled after them. */
  readonly behindMessages: number
  /** Left alone: replayed in vain too often. */
  readonly inVain: number
  /** Whose replay is under way. */
  readonly replaying: number
  /** How many of those that would be handled again were read: the first 1,000. */
  readonly read: number
  /** Those of them that this release cannot read: they would stay where they are. */
  readonly unreadable: number
  /** The first 100. */
  readonly items: readonly PlannedReplay[]
}

/** What a replay would do with one dead letter. */
export interface PlannedReplay {
  readonly key: string
  readonly position: number
  readonly type: string | null
  readonly schemaVersion: number | null
  readonly code: string
  readonly behindMessages: number
  readonly verdict: 'replayed' | 'in vain' | 'replaying'
  readonly problem?: string
}
