import type { OutboxMessage } from './outbox.ts'

/** A change of the durable timers. */
export type TimerWrite =
  /** Takes the place of a timer with the same id. */
  | ({ readonly kind: 'set' } & Timer)
  | { readonly kind: 'remove'; readonly id: string }
  /** Sends the message in place of the timer; nothing happens unless the timer still is as it was read. */
  | { readonly kind: 'fire'; readonly timer: Timer; readonly message: OutboxMessage }

/** A command that is to be sent later. */
export interface Timer {
  /** `<service>/<key>`: whoever sets it again under this id moves it. */
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

/** Which timers to list; all of them when it names nothing. */
export interface TimerPage {
  readonly service?: string
  /** The last one before. */
  readonly after?: Pick<Timer, 'service' | 'dueAtMs' | 'id'>
  readonly limit: number
}

/** Durable timers; they are set, removed and fired by units. */
export interface TimerTable {
  /** Those of a service that are due, the earliest first. */
  due(service: string, nowMs: number, limit: number): Promise<readonly Timer[]>
  /** One service after the other, the earliest first. */
  list(page: TimerPage): Promise<readonly Timer[]>
  /** How many wait. */
  count(service: string): Promise<number>
}
