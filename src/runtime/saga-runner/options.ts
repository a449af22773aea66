import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Signal } from '../../base/signal.ts'
import type { HandleContext } from '../../design/handle.ts'
import type { AnyProcess } from '../../design/sagas/process.ts'
import type { AnySaga } from '../../design/sagas/definition.ts'
import type { Store } from '../../ports/store.ts'
import type { Telemetry } from '../../ports/telemetry.ts'
import type { Outcome, PositionMove, Unit } from '../../ports/unit-of-work.ts'
import type { Origin } from '../log/event-encoding.ts'
import type { Bucket } from '../ownership.ts'
import type { AlertEffect, RunEffect, SendEffect } from '../sagas/effects.ts'
import type { StepResult } from '../sagas/input.ts'
import type { AttemptSignal } from './attempt-signal.ts'
import type { EarlySaga } from './early-starts.ts'

/** What running the instances of one saga or process needs. */
export interface RunnerOptions {
  readonly service: string
  readonly store: Pick<Store, 'sagas' | 'log' | 'parked' | 'now'>
  /** Commits under the fence of the bucket; an outcome `owner` has marked the bucket as lost. */
  commit(bucket: Bucket, unit: Omit<Unit, 'positions'>): Promise<Outcome>
  /** Where it can be asked to begin instances in the commit of what starts them, under the fence of their bucket. */
  readonly early?: { readonly saga: EarlySaga; fence(bucket: Bucket): PositionMove } | undefined
  readonly clock: Clock
  readonly log: Log
  /** Raised here when there is more to do. */
  readonly wake: Signal
  /** Told of what instances decide and do where it is there. */
  readonly telemetry?: Telemetry | undefined
  /** From 0 up to 1, to spread retries. */
  random(): number
  /** The service that handles a command. Error: EW_DESIGN. */
  ownerOf(command: string): string
}

/** What running a saga needs. */
export interface SagaRunnerOptions extends RunnerOptions {
  readonly saga: AnySaga
  /** Executes a command of this service at most once for its key; what it throws is a failed attempt. */
  execute(command: SendEffect, origin: Origin, signal: AbortSignal): Promise<StepResult>
  /** Begins to record what a local step does. */
  record(run: RunEffect, origin: Origin, attempt: Pick<AttemptSignal, 'signal'>): LocalWork
  /** Tells somebody; called after the commit. */
  alert(alert: AlertEffect, origin: Origin): void
}

/** What running a process needs. */
export interface ProcessRunnerOptions extends RunnerOptions {
  readonly process: AnyProcess
}

/** What a local step has recorded; it commits with the fact that the step is done, or never. */
export interface LocalWork {
  readonly context: HandleContext
  /** What belongs into the commit. Errors: as the commit of a command. */
  unit(): Promise<Pick<Unit, 'appends' | 'rows' | 'statements' | 'snapshots' | 'outbox' | 'timers'>>
  /** Called when it is stored. */
  committed(): void
}
