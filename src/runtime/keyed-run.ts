import { backoffMs, type Backoff } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import { failure } from '../base/errors.ts'
import { randomUnit } from '../base/ids.ts'
import type { LogEvent } from './log-event.ts'

/** How often and how patiently a failing key is tried in place before it is parked. */
export interface RetryPolicy extends Backoff {
  readonly maxAttempts: number
}

/** An event in the work of one of its keys. */
export interface KeyedEvent {
  readonly key: string
  readonly event: LogEvent
}

/** A key whose event failed for good; `rest` holds the events behind it, which were not tried. */
export interface FailedKey {
  readonly key: string
  readonly event: LogEvent
  readonly rest: readonly LogEvent[]
  readonly error: unknown
  readonly attempts: number
}

/** How the events of a page are worked on. */
export interface KeyedRunOptions {
  readonly retry: RetryPolicy
  /** How many keys are worked on at once. */
  readonly concurrency: number
  /** After so many different failed keys without a success between them it is the handler that is broken: EW_STUCK. */
  readonly stuckAfter: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Applies one event; a promise only if it has to wait. `attempt` counts from 1. */
  apply(key: string, event: LogEvent, attempt: number): Promise<void> | void
}

interface KeyRun {
  readonly key: string
  readonly events: LogEvent[]
  next: number
  attempts: number
  error: unknown
  failed: boolean
}

/**
 * Works through the events of a page key by key: inside a key in order, keys beside each other. A key that fails is tried
 * again after the others are done, with growing pauses, so that it delays nobody else of its page.
 */
export class KeyedRunner {
  readonly #failedInARow = new Set<string>()

  /** Answers the keys that failed for good. Errors: EW_STUCK; the signal's reason when it was stopped while retrying. */
  async run(entries: readonly KeyedEvent[], options: KeyedRunOptions): Promise<readonly FailedKey[]> {
    const runs = groupByKey(entries)
    await eachOf(runs, options.concurrency, (run) => attempt(run, options))
    const failing = runs.filter((run) => run.failed)
    if (failing.length > 0) await eachOf(failing, failing.length, (run) => retry(run, options))
    this.#countFailures(runs, options.stuckAfter)
    return failing.filter((run) => run.failed).map((run) => ({
      key: run.key,
      event: run.events[run.next]!,
      rest: run.events.slice(run.next + 1),
      error: run.error,
      attempts: run.attempts,
    }))
  }

  /** Forgets the failures counted so far, for a new start. */
  reset(): void {
    this.#failedInARow.clear()
  }

  #countFailures(runs: readonly KeyRun[], stuckAfter: number): void {
    for (const run of runs) {
      if (!run.failed) {
        this.#failedInARow.clear()
        continue
      }
      this.#failedInARow.add(run.key)
      if (this.#failedInARow.size < stuckAfter) continue
      const why = run.error instanceof Error ? run.error.message : String(run.error)
      throw failure('EW_STUCK', `The last ${stuckAfter} different keys all failed; the newest, "${run.key}", by: ${why}`, { cause: run.error })
    }
  }
}

function groupByKey(entries: readonly KeyedEvent[]): KeyRun[] {
  const runs = new Map<string, KeyRun>()
  for (const { key, event } of entries) {
    const run = runs.get(key)
    if (run === undefined) runs.set(key, { key, events: [event], next: 0, attempts: 0, error: undefined, failed: false })
    else run.events.push(event)
  }
  return [...runs.values()]
}

/** Runs a key until its end or its first failure; synchronous handlers cost no promise. */
function attempt(run: KeyRun, options: KeyedRunOptions): Promise<void> | void {
  run.failed = false
  while (run.next < run.events.length) {
    try {
      const pending = options.apply(run.key, run.events[run.next]!, run.attempts + 1)
      if (pending !== undefined) return pending.then(() => succeed(run, options), (error: unknown) => fail(run, error))
    } catch (error) {
      return fail(run, error)
    }
    run.next++
    run.attempts = 0
  }
}

function succeed(run: KeyRun, options: KeyedRunOptions): Promise<void> | void {
  run.next++
  run.attempts = 0
  return attempt(run, options)
}

function fail(run: KeyRun, error: unknown): void {
  run.error = error
  run.failed = true
  run.attempts++
}

async function retry(run: KeyRun, options: KeyedRunOptions): Promise<void> {
  while (run.failed && run.attempts < options.retry.maxAttempts) {
    await options.clock.sleep(backoffMs(options.retry, run.attempts, randomUnit()), options.signal)
    options.signal.throwIfAborted()
    await attempt(run, options)
  }
}

async function eachOf<T>(items: readonly T[], concurrency: number, work: (item: T) => Promise<void> | void): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const pending = work(items[next++]!)
      if (pending !== undefined) await pending
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker))
}
