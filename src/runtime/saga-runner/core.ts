import type { SagaMailRow } from '../../ports/sagas.ts'
import type { TraceContext } from '../../ports/telemetry.ts'
import type { Origin } from '../log/event-encoding.ts'
import type { AlertEffect, AwaitEffect, RunEffect, SendEffect } from '../sagas/effects.ts'
import type { ProcessCommand } from '../sagas/process.ts'
import type { Moment } from '../sagas/course.ts'
import type { LocalWork } from './options.ts'

/** A kind of instances: its pure rules, and what mail means to it. */
export interface Core<S, I> {
  /** The name of the saga or process. */
  readonly name: string
  /** Of the declaration that this process has. */
  readonly version: number
  /** Fingerprint of its functions. */
  readonly handlers: string
  /** Says that the time of an instance has come. */
  readonly due: I
  /** Says that an instance has come to a new owner; undefined where that changes nothing. */
  readonly restart: I | undefined
  /** Error: what the functions of the declaration throw. */
  decide(state: S | undefined, input: I, moment: Moment): Decided<S>
  /** What the row of an instance says. */
  summary(state: S): Summary
  /** Where mail that an instance waits for is kept. */
  waitsAt(state: S): string | undefined
  /** The command that was asked for and has not been answered; undefined where there is none. */
  asked(state: S): SendEffect | undefined
  /** Undefined for mail of a kind that this release does not know. Error: EW_MESSAGE_UNREADABLE. */
  read(mail: SagaMailRow): Read<I> | undefined
  /** Does what an effect asks for here; never rejects. `ahead`: before what asks for it is stored, a local step only. */
  perform(
    effect: RunEffect | SendEffect,
    state: S,
    origin: Origin,
    signal: AbortSignal,
    ahead?: Ahead,
  ): Promise<Performed<I>>
  alert(alert: AlertEffect, origin: Origin): void
  /** Texts of personal data in an instance and in what it is told, so that nobody writes them into a log. */
  personal(state: S | undefined, told: readonly I[]): readonly string[]
}

/** What an input leads to: the events, the state behind them, and what follows once they are stored. */
export interface Decided<S> {
  readonly events: readonly { readonly type: string }[]
  readonly answer: 'recorded' | 'ignored' | 'kept' | 'refused'
  readonly why?: string
  readonly state: S | undefined
  readonly effects: readonly RunnerEffect[]
}

/** A command that nobody waits for is `tell`. */
export type RunnerEffect =
  SendEffect | RunEffect | AwaitEffect | AlertEffect | ({ readonly kind: 'tell' } & ProcessCommand)

/** What a row tells of an instance beside its state. */
export interface Summary {
  readonly definitionVersion: number
  readonly status: string
  readonly closed: boolean
  readonly dueAtMs: number | null
}

/** Mail as an input. */
export interface Read<I> {
  readonly input: I
  /** Whether its address is that of a wait, and not of an instance. */
  readonly awaited: boolean
  /** Whether an instance is told it before anything else, so that hardly ever one is there. */
  readonly begins?: boolean
  /** Where what follows comes from. */
  readonly origin?: Origin
  /** Where it was sent, which is no part of that. */
  readonly cause?: TraceContext
}

/** What a local step needs that runs before what asks for it is stored. */
export interface Ahead {
  readonly nowMs: number
  /** What it reads waits for this; rejects when what asks for it was not stored. */
  stored(): Promise<void>
}

/** What became of an effect. */
export interface Performed<I> {
  readonly input: I
  /** What commits with it. */
  readonly work?: LocalWork
  /** The same with a failure in place of what cannot be committed. */
  failed(error: string): I
}
