import type { Health, Json, Measured } from '../wire.ts'
import type { PictureView } from './pictures.ts'

/** An instance of a saga or process. */
export interface SagaItem {
  readonly instance: string
  readonly saga: string
  readonly service: string
  readonly status: string
  readonly health: Health
  readonly isClosed: boolean
  readonly events: number
  readonly definitionVersion: number
  readonly startedAt: string
  /** When it is looked at although nothing comes. */
  readonly dueAt?: string
}

/** How many instances there are. */
export interface SagaCounts extends Measured {
  readonly counts: readonly { readonly saga: string; readonly status: string; readonly instances: number }[]
}

/** What can be ordered of an instance. */
export type SagaOrderName = 'cancel' | 'retry' | 'resume' | 'mark-undone' | 'skip' | 'terminate'

/** A step as it is declared, and how the instance stands there. */
export interface SagaStepItem {
  readonly step: string
  readonly kind: 'call' | 'do' | 'local' | 'wait'
  readonly phase: 'before' | 'pivot' | 'after'
  /** The command or the event that it is about. */
  readonly message?: string
  readonly undo: 'call' | 'do' | 'local' | 'none'
  readonly undoMessage?: string
  readonly outcome: 'not asked' | 'open' | 'done' | 'unknown' | 'failed'
  readonly undoState: 'none' | 'registered' | 'open' | 'done'
  /** What is asked of it now: which attempt, and when it ends or begins. */
  readonly request?: {
    readonly action: 'do' | 'undo' | 'wait'
    readonly attempt: number
    readonly phase: string
    readonly dueAt?: string
    readonly data: Json
  }
  readonly output?: Json
  readonly code?: string
  readonly isStuck: boolean
}

/** One thing that happened to an instance. */
export interface SagaMoment {
  readonly version: number
  readonly recordedAt: string
  readonly type: string
  readonly text: string
  readonly step?: string
  readonly data: Json
}

/** An instance with all that happened to it. */
export interface SagaStory extends Measured, SagaItem {
  /** False for a process, which has no steps. */
  readonly isSaga: boolean
  /** The steps in their order; empty where this system does not declare the saga. */
  readonly steps: readonly SagaStepItem[]
  /** How they are drawn: boxes `step:<name>` and `undo:<name>`; absent where another version of it is declared here. */
  readonly picture?: PictureView
  readonly input?: Json
  readonly state: Json
  readonly stuck?: { readonly step: string; readonly action: string; readonly reason: string }
  readonly deadlineAt?: string
  /** Parked: what should move it failed for good. */
  readonly parked?: { readonly consumer: string; readonly key: string; readonly code: string; readonly message: string }
  readonly timeline: readonly SagaMoment[]
  /** What it would do now if it were ordered; others it would refuse. */
  readonly orders: readonly { readonly order: SagaOrderName; readonly refusal?: string }[]
  /** The correlation under which it was started. */
  readonly correlationId?: string
}

/** An order was posted to the instance's owner; what became of it is in its timeline. */
export interface SagaOrdered {
  readonly instance: string
  readonly order: string
  readonly status: string
  /** Why the instance will refuse it, as it stands. */
  readonly refusal?: string
  readonly repeated: boolean
}

/** A command that is to be sent later. */
export interface TimerItem {
  readonly id: string
  readonly service: string
  readonly command: string
  readonly dueAt: string
  readonly data: Json
}
