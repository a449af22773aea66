/** A change of the durable timers. */
export type TimerWrite =
  /** A timer whose id is known already stays as it is: the first one counts. */
  | ({ readonly kind: 'set' } & Timer)
  | { readonly kind: 'remove'; readonly id: string }

/** A command that is to be sent later. */
export interface Timer {
  /** Constant for all attempts to set it; also the idempotency key of its command. */
  readonly id: string
  /** The service that set it. */
  readonly service: string
  /** On the database's clock. */
  readonly dueAtMs: number
  /** The name of the command. */
  readonly command: string
  /** JSON text: the command's data in stored form. */
  readonly data: string
  /** JSON text: correlation and causation. */
  readonly meta: string
}

/** Durable timers; they are set and removed by units. */
export interface TimerTable {
  /** Those of a service that are due, the earliest first. */
  due(service: string, nowMs: number, limit: number): Promise<readonly Timer[]>
  /** When the next one of a service is due. */
  nextDueMs(service: string): Promise<number | undefined>
  /** How many wait. */
  count(service: string): Promise<number>
}
