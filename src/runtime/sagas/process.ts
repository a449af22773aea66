import type { Json } from '../../base/json.ts'
import type { Meta } from '../../design/meta.ts'

/** An instance of a process: plain JSON, the fold of its events. */
export interface ProcessState {
  readonly process: string
  /** `<process name>/<id>`: its stream, its row, the beginning of its keys. */
  readonly processId: string
  readonly version: number
  readonly state: Json
  /** Timers that run, by name. */
  readonly timers: { readonly [timer: string]: PendingTimer }
  /** How many timers were set so far: part of their keys. */
  readonly timersSet: number
  readonly ended: boolean
}

/** A command with its constant key. */
export interface ProcessCommand {
  readonly command: string
  /** Stored form. */
  readonly data: Json
  readonly key: string
}

/** A timer that runs. */
export interface PendingTimer extends ProcessCommand {
  readonly dueAtMs: number
}

/** What is stored of an instance: partition 1, stream `<process name>/<id>`. */
export type ProcessEvent =
  | {
      readonly type: 'ProcessReacted'
      readonly process: string
      readonly processId: string
      readonly version: number
      /** What it reacted to. */
      readonly event: string
      readonly eventId: string
      readonly state: Json
      readonly sent: readonly ProcessCommand[]
      /** Timers that were set, and those that were cancelled as null. */
      readonly timers: { readonly [timer: string]: PendingTimer | null }
      readonly ended: boolean
    }
  | { readonly type: 'ProcessTimerFired'; readonly timer: string; readonly sent: ProcessCommand }

/** What an instance is told. */
export type ProcessInput =
  /** An event, its data in stored form. A repeat must not come here: its inbox row commits with the events. */
  | {
      readonly kind: 'event'
      readonly processId: string
      readonly type: string
      readonly schemaVersion: number
      readonly data: Json
      readonly meta: Meta
    }
  | { readonly kind: 'due' }

/** What follows from events that are stored. */
export type ProcessEffect =
  | ({ readonly kind: 'send' } & ProcessCommand)
  | { readonly kind: 'due'; readonly processId: string; readonly atMs: number | null }
