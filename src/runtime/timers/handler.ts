import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Signal } from '../../base/signal.ts'
import type { OutboxMessage } from '../../ports/outbox.ts'
import type { Store } from '../../ports/store.ts'
import type { Timer } from '../../ports/timers.ts'
import type { Outcome, Unit } from '../../ports/unit-of-work.ts'
import type { Handler } from '../loop/handler.ts'
import { NextTimer } from './next-timer.ts'
import { offer } from '../loop/offer.ts'
import type { Bucket } from '../ownership.ts'
import { Alarm } from './alarm.ts'

/** What firing the timers of one service needs. */
export interface TimerHandlerOptions {
  readonly service: string
  readonly store: Pick<Store, 'timers' | 'now'>
  readonly clock: Clock
  readonly log: Log
  /** Raised here when the next timer is due, and when another one may be the next. */
  readonly wake: Signal
  /** How long the table is not asked although nobody told of a timer. */
  readonly backstopMs: number
  /** Commits under the fence of the bucket; an outcome `owner` has marked the bucket as lost. */
  commit(bucket: Bucket, unit: Omit<Unit, 'positions'>): Promise<Outcome>
  /** What a timer sends; what it throws leaves the timer to another release. */
  messageOf(timer: Timer): OutboxMessage
}

/** Fires the timers of one service. */
export interface TimerHandler extends Handler {
  /** Units of this process were committed: timers that they have set are not slept through. */
  note(units: readonly Unit[]): void
  /** Others have committed, and nobody knows what. */
  askAnew(): void
  /** Whether no timer waits that is due and can be sent here. */
  isQuiet(): Promise<boolean>
}

const pageTimers = 256

/**
 * Sends what is due, the earliest first, each in place of its timer: a timer that is moved or removed meanwhile is left
 * alone by the commit. All its work is beside the source.
 */
export function timerHandler(options: TimerHandlerOptions): TimerHandler {
  const left = new Left(options)
  const { service, store, clock, wake, backstopMs, commit } = options
  const next = new NextTimer(clock, backstopMs)
  const alarms = new WeakMap<Bucket, Alarm>()
  /** Whoever gets the bucket anew knows nothing of the time in which another one had it. */
  const alarmOf = (bucket: Bucket, signal: AbortSignal): Alarm => {
    let alarm = alarms.get(bucket)
    if (alarm === undefined) {
      next.askAnew()
      alarms.set(bucket, (alarm = new Alarm(clock, wake, signal)))
    }
    return alarm
  }
  const fire = async (bucket: Bucket, timer: Timer): Promise<void> => {
    const message = left.messageOf(timer)
    if (message === undefined) return
    const { refusal } = await offer(() => commit(bucket, { timers: [{ kind: 'fire', timer, message }] }))
    if (refusal !== undefined) left.add(timer, refusal)
  }
  return {
    // Its source never brings anything.
    handle: async () => ({}),
    park: () => ({}),
    async aside({ buckets: [only] }, signal) {
      const bucket = only!
      const alarm = alarmOf(bucket, signal)
      const waiting = next.waiting()
      if (waiting !== undefined) {
        alarm.set(waiting.dueAtMs, waiting.nowMs)
        return false
      }
      const changes = next.changes()
      const [first] = await left.without(1, Number.MAX_SAFE_INTEGER)
      const nowMs = await store.now()
      const dueAtMs = first?.dueAtMs ?? Infinity
      next.answered(changes, dueAtMs, nowMs)
      alarm.set(dueAtMs <= nowMs ? Infinity : dueAtMs, nowMs)
      if (dueAtMs > nowMs) return false
      const due = await left.without(pageTimers, nowMs)
      // All at once and in their order, so that they share commits; whoever fails holds up nobody else.
      const ends = await Promise.allSettled(due.map((timer) => fire(bucket, timer)))
      const failed = ends.find((end) => end.status === 'rejected')
      if (failed !== undefined) throw failed.reason
      return true
    },
    note(units) {
      const known = next.changes()
      for (const { timers } of units)
        for (const write of timers ?? []) if (write.kind === 'set' && write.service === service) next.set(write.dueAtMs)
      if (next.changes() !== known) wake.raise()
    },
    askAnew() {
      next.askAnew()
      wake.raise()
    },
    async isQuiet() {
      const nowMs = await store.now()
      for (let limit = pageTimers; ; limit *= 2) {
        const due = await store.timers.due(service, nowMs, limit)
        if (due.some((timer) => left.canBeSent(timer))) return false
        if (due.length < limit) return true
      }
    },
  }
}

/** Timers that this release cannot send: they wait for one that can, and hold up nobody. */
class Left {
  readonly #options: TimerHandlerOptions
  /** When each of them was due. */
  readonly #known = new Map<string, number>()

  constructor(options: TimerHandlerOptions) {
    this.#options = options
  }

  /** The others that are due until then, the earliest first. */
  async without(limit: number, untilMs: number): Promise<readonly Timer[]> {
    const { service, store } = this.#options
    const asked = limit + this.#known.size
    const timers = await store.timers.due(service, untilMs, asked)
    if (this.#known.size === 0) return timers
    const texts = timers.map((timer) => JSON.stringify(timer))
    this.#forgetAllBut(new Set(texts), timers.length < asked ? untilMs : timers.at(-1)!.dueAtMs - 1)
    return timers.filter((_, n) => !this.#known.has(texts[n]!))
  }

  /** Whether it can be sent here, as far as that can be told before it is: another process may own the timers. */
  canBeSent(timer: Timer): boolean {
    if (this.#known.has(JSON.stringify(timer))) return false
    try {
      this.#options.messageOf(timer)
      return true
    } catch {
      return false
    }
  }

  /** What a timer sends; undefined when it is left. */
  messageOf(timer: Timer): OutboxMessage | undefined {
    try {
      return this.#options.messageOf(timer)
    } catch (error) {
      this.add(timer, error)
      return undefined
    }
  }

  add(timer: Timer, error: unknown): void {
    const { id, command } = timer
    this.#options.log.error('a timer cannot be sent and is left alone', { timer: id, command, error })
    this.#known.set(JSON.stringify(timer), timer.dueAtMs)
  }

  /** Those that are due until then and no more there were moved, removed or sent by others. */
  #forgetAllBut(there: ReadonlySet<string>, untilMs: number): void {
    for (const [text, dueAtMs] of this.#known) if (dueAtMs <= untilMs && !there.has(text)) this.#known.delete(text)
  }
}
