import { backoffMs, type Backoff } from '../../base/backoff.ts'
import type { Clock } from '../../base/clock.ts'
import { failure, isEventwrightError, type ErrorCode } from '../../base/errors.ts'
import { randomUnit } from '../../base/ids.ts'
import { bounded } from '../../ports/parked-decision.ts'
import type { Delivery } from '../loop/delivery.ts'
import { masked } from '../telemetry/personal-texts.ts'

/** How often and how patiently a failing key is tried in place before it is parked. */
export interface RetryPolicy extends Backoff {
  readonly maxAttempts: number
}

/** An event in the work of one of its keys. */
export interface KeyedEvent {
  readonly key: string
  readonly event: Delivery
}

/** An attempt that failed. */
export interface FailedTry {
  readonly atMs: number
  readonly error: unknown
}

/** A key whose event failed for good; `rest` holds the events behind it, which were not tried. */
export interface FailedKey {
  readonly key: string
  readonly event: Delivery
  readonly rest: readonly Delivery[]
  readonly error: unknown
  readonly attempts: number
  /** The first attempt and the newest ones; left out where there was only this one. */
  readonly history?: readonly FailedTry[]
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
  apply(key: string, event: Delivery, attempt: number): Promise<void> | void
}

interface KeyRun {
  readonly key: string
  readonly events: Delivery[]
  next: number
  attempts: number
  error: unknown
  history: readonly FailedTry[]
  failed: boolean
}

/**
 * Works through the events of a page key by key: inside a key in order, keys beside each other. A key that fails is
 * tried again after the others are done, with growing pauses, so that it delays nobody else of its page.
 */
export class KeyedRunner {
  #failedInARow: ReadonlySet<string> = new Set()
  #afterPage: ReadonlySet<string> | undefined

  /**
   * Answers the keys that failed for good. Rejects when it is not for the handler to answer for it (`endsTheRun`), and
   * by EW_STUCK; it never settles while a handler is still at work.
   */
  async run(entries: readonly KeyedEvent[], options: KeyedRunOptions): Promise<readonly FailedKey[]> {
    const runs = groupByKey(entries)
    await eachOf(runs, options.concurrency, (run) => attempt(run, options))
    const failing = runs.filter((run) => run.failed)
    if (failing.length > 0) await retryAll(failing, options)
    this.#afterPage = counted(this.#failedInARow, runs, options.stuckAfter)
    return failing
      .filter((run) => run.failed)
      .map((run) => ({
        key: run.key,
        event: run.events[run.next]!,
        rest: run.events.slice(run.next + 1),
        error: run.error,
        attempts: run.attempts,
        history: run.history,
      }))
  }

  /** What the last run counted holds only once its page is committed. */
  committed(): void {
    this.#failedInARow = this.#afterPage ?? this.#failedInARow
    this.#afterPage = undefined
  }

  /** Counts keys whose work the store refused. Error: EW_STUCK. */
  refused(keys: readonly string[], error: unknown, stuckAfter: number): void {
    const runs = keys.map((key): KeyRun => ({ ...keyRun(key), attempts: 1, error, failed: true }))
    this.#afterPage = counted(this.#failedInARow, runs, stuckAfter)
  }
}

/** The different keys that failed in a row, after some more runs. */
function counted(before: ReadonlySet<string>, runs: readonly KeyRun[], stuckAfter: number): ReadonlySet<string> {
  const failed = new Set(before)
  for (const run of runs) {
    if (!run.failed) {
      failed.clear()
      continue
    }
    failed.add(run.key)
    if (failed.size < stuckAfter) continue
    const personal = run.events[run.next]?.personal ?? []
    const why = masked(run.error instanceof Error ? run.error.message : String(run.error), personal)
    throw failure(
      'EW_STUCK',
      `The last ${stuckAfter} different keys all failed; the newest, "${masked(run.key, personal)}", by: ${why}`,
      { cause: run.error },
    )
  }
  return failed
}

function groupByKey(entries: readonly KeyedEvent[]): KeyRun[] {
  const runs = new Map<string, KeyRun>()
  for (const { key, event } of entries) {
    const run = runs.get(key)
    if (run === undefined) runs.set(key, keyRun(key, event))
    else run.events.push(event)
  }
  return [...runs.values()]
}

function keyRun(key: string, ...events: Delivery[]): KeyRun {
  return { key, events, next: 0, attempts: 0, error: undefined, history: [], failed: false }
}

/** Runs a key until its end or its first failure; synchronous handlers cost no promise. */
function attempt(run: KeyRun, options: KeyedRunOptions): Promise<void> | void {
  run.failed = false
  while (run.next < run.events.length) {
    try {
      const pending = options.apply(run.key, run.events[run.next]!, run.attempts + 1)
      if (pending !== undefined)
        return pending.then(
          () => succeed(run, options),
          (error: unknown) => fail(run, error, options),
        )
    } catch (error) {
      return fail(run, error, options)
    }
    ended(run)
  }
}

function succeed(run: KeyRun, options: KeyedRunOptions): Promise<void> | void {
  ended(run)
  return attempt(run, options)
}

function ended(run: KeyRun): void {
  run.next++
  if (run.attempts === 0) return
  run.attempts = 0
  run.history = []
}

function fail(run: KeyRun, error: unknown, { signal, clock }: KeyedRunOptions): void {
  if (endsTheRun(error, signal)) throw error
  run.error = error
  run.failed = true
  run.attempts++
  run.history = bounded([...run.history, { atMs: clock.now(), error }])
}

const notOfTheHandler: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'EW_BUSY',
  'EW_EVENT_NEWER',
  'EW_OWNERSHIP_LOST',
  'EW_STORE_BUSY',
  'EW_STORE_FULL',
])

/**
 * A stopping process, a lost bucket, a store in need, an event of a newer release: nobody's key must be parked for
 * that.
 */
export function endsTheRun(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || (isEventwrightError(error) && notOfTheHandler.has(error.code))
}

const permanent: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'EW_EVENT_CORRUPT',
  'EW_EVENT_UNKNOWN',
  'EW_MESSAGES_GONE',
  'EW_MESSAGE_UNREADABLE',
  'EW_VIEW_REPLAY',
])

/** Whether no later attempt reads it better. */
function isPermanent(error: unknown): boolean {
  return isEventwrightError(error) && permanent.has(error.code)
}

/** The pauses of all keys run beside each other; of the handlers at most `concurrency` do. */
async function retryAll(failing: readonly KeyRun[], options: KeyedRunOptions): Promise<void> {
  const ending = new AbortController()
  const end = (): void => ending.abort(options.signal.reason)
  options.signal.addEventListener('abort', end, { once: true })
  if (options.signal.aborted) end()
  const turn = turns(options.concurrency)
  const retry = async (run: KeyRun): Promise<void> => {
    while (run.failed && run.attempts < options.retry.maxAttempts && !isPermanent(run.error)) {
      await options.clock.sleep(backoffMs(options.retry, run.attempts, randomUnit()), ending.signal)
      await turn(() => {
        ending.signal.throwIfAborted()
        return attempt(run, options)
      })
    }
  }
  try {
    await eachOf(failing, failing.length, (run) =>
      retry(run).catch((error: unknown) => {
        ending.abort(error)
        throw error
      }),
    )
  } finally {
    options.signal.removeEventListener('abort', end)
  }
}

/** Works on all items; after an error no further one is begun, and those at work are waited for. */
async function eachOf<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<void> | void,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      try {
        const pending = work(items[next++]!)
        if (pending !== undefined) await pending
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: Math.min(concurrency, items.length) }, worker))
  const failed = ended.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** Lets at most `count` pieces of work run at once; the others wait in the order in which they came. */
function turns(count: number): (work: () => Promise<void> | void) => Promise<void> {
  const waiting: (() => void)[] = []
  let free = count
  return async (work) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      await work()
    } finally {
      const following = waiting.shift()
      if (following === undefined) free++
      else following()
    }
  }
}
