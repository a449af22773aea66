import type { Clock } from '../base/clock.ts'
import { failure } from '../base/errors.ts'
import { parseTimestamp } from '../base/timestamp.ts'
import { givenTime } from './given-meta.ts'

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /**
   * Moves the time on and wakes every sleeper that is due, the earliest first and equal ones in the order in which they
   * lay down, each at its own time. A sleeper that lies down again within the span is woken again.
   */
  advance(ms: number): Promise<void>
  /** Moves the time on to the next sleeper and wakes it; false when nobody sleeps. */
  advanceToNext(): Promise<boolean>
  /** How many sleep now. */
  readonly sleepers: number
}

interface Sleeper {
  readonly dueMs: number
  wake(): void
}

/**
 * Makes a clock for tests; nothing moves it but `advance`, so the same test takes the same course every time. It begins
 * at `start`, an ISO instant. Errors: EW_VALUE for a start that is no instant and for a step that is not positive.
 */
export function fakeClock(start: string = givenTime): FakeClock {
  let nowMs = Date.parse(instant(start))
  const sleeping: Sleeper[] = []
  const lieDown = (ms: number, wake: () => void): Sleeper => {
    const sleeper = { dueMs: nowMs + ms, wake }
    const at = sleeping.findIndex((other) => other.dueMs > sleeper.dueMs)
    sleeping.splice(at < 0 ? sleeping.length : at, 0, sleeper)
    return sleeper
  }
  const wakeFirst = async (): Promise<void> => {
    const first = sleeping.shift()
    if (first === undefined) return
    nowMs = first.dueMs
    first.wake()
    await settled()
  }
  return {
    now: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted || !(ms > 0)) return resolve()
        const done = (): void => {
          signal?.removeEventListener('abort', giveUp)
          resolve()
        }
        const giveUp = (): void => {
          sleeping.splice(sleeping.indexOf(sleeper), 1)
          done()
        }
        const sleeper = lieDown(ms, done)
        signal?.addEventListener('abort', giveUp, { once: true })
      }),
    async advance(ms) {
      if (!(ms >= 0)) throw failure('EW_VALUE', `A clock cannot be moved by ${ms} ms.`)
      const untilMs = nowMs + ms
      await settled()
      while (sleeping[0] !== undefined && sleeping[0].dueMs <= untilMs) await wakeFirst()
      nowMs = untilMs
    },
    async advanceToNext() {
      await settled()
      if (sleeping.length === 0) return false
      await wakeFirst()
      return true
    },
    get sleepers() {
      return sleeping.length
    },
  }
}

function instant(start: string): string {
  const known = parseTimestamp(start)
  if (known !== null) return known
  throw failure('EW_VALUE', `A fake clock cannot begin at "${start}": write an ISO instant, 2026-01-31T09:30:00.000Z.`)
}

/** Lets whoever was woken run until he waits for something else. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
