import { isEventwrightError } from '../../base/errors.ts'
import type { ParkedTable } from '../../ports/parked.ts'
import type { ParkWrite } from '../../ports/unit-of-work.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { FailedKey, KeyedEvent } from './keyed-run.ts'
import type { Bucket } from '../ownership.ts'

/** The parked keys of one consumer as its owner knows them; only the owner parks and frees keys, always by a unit. */
export class ParkingLot {
  readonly #consumer: string
  readonly #table: ParkedTable
  readonly #handlers: string
  #keys: Set<string> | undefined
  readonly #announced = new WeakSet<object>()

  /** `handlers` is a fingerprint of what the keys fail in. */
  constructor(consumer: string, table: ParkedTable, handlers: string) {
    this.#consumer = consumer
    this.#table = table
    this.#handlers = handlers
  }

  /** Reads the parked keys unless they are known. */
  async load(): Promise<void> {
    if (this.#keys !== undefined) return
    const keys = new Set<string>()
    let after: { consumer: string; key: string } | undefined
    for (;;) {
      const page = await this.#table.summaries({ consumer: this.#consumer, limit: 1_000, ...(after && { after }) })
      for (const parked of page) keys.add(parked.key)
      if (page.length < 1_000) break
      after = { consumer: this.#consumer, key: page.at(-1)!.key }
    }
    this.#keys = keys
  }

  get size(): number {
    return this.#keys?.size ?? 0
  }

  has(key: string): boolean {
    return this.#keys?.has(key) ?? false
  }

  /** The keys that are parked. */
  keys(): Iterable<string> {
    return this.#keys ?? []
  }

  /** Forgets what is known, after a loss of ownership. */
  reset(): void {
    this.#keys = undefined
  }

  /** What says which handlers a replay would meet; undefined when that was said since the bucket is held. */
  announcement(bucket: Bucket): ParkWrite | undefined {
    return this.size === 0 || this.isAnnounced(bucket) ? undefined : this.announcementOf(bucket)
  }

  /** What says which handlers a replay would meet in a bucket. */
  announcementOf(bucket: Bucket): ParkWrite {
    return { kind: 'handlers', consumer: this.#consumer, bucket: bucket.bucket, handlers: this.#handlers }
  }

  /** Whether that was said for what is held. */
  isAnnounced(held: object): boolean {
    return this.#announced.has(held)
  }

  /** Notes that it is said. */
  announced(held: object): void {
    this.#announced.add(held)
  }

  /** Splits off the events of parked keys; they wait behind the one that failed. */
  divert(entries: readonly KeyedEvent[]): {
    readonly free: readonly KeyedEvent[]
    readonly waits: readonly ParkWrite[]
  } {
    if (this.size === 0) return { free: entries, waits: [] }
    const free: KeyedEvent[] = []
    const waits: ParkWrite[] = []
    for (const entry of entries) {
      if (!this.has(entry.key)) free.push(entry)
      else waits.push(this.#wait(entry.key, entry.event))
    }
    return { free, waits }
  }

  /** What parks the failed keys together with the events behind them. */
  park(bucket: Bucket, failed: readonly FailedKey[]): ParkWrite[] {
    return failed.flatMap((each) => [
      this.#failed(bucket, each, false),
      ...each.rest.map((event) => this.#wait(each.key, event)),
    ])
  }

  /** What puts events behind those that a parked key has. */
  wait(key: string, events: readonly Delivery[]): ParkWrite[] {
    return events.map((event) => this.#wait(key, event))
  }

  /** What keeps a key parked whose replay failed; what waits behind the event waits already. */
  parkAgain(bucket: Bucket, failed: FailedKey): ParkWrite {
    return this.#failed(bucket, failed, true)
  }

  /** Takes over what a committed unit parked and freed. */
  committed(parks: readonly ParkWrite[]): void {
    for (const park of parks) {
      if (park.kind === 'park') this.#keys?.add(park.key)
      if (park.kind === 'unpark') this.#keys?.delete(park.key)
    }
  }

  #failed({ source, bucket }: Bucket, { key, event, attempts, error, history = [] }: FailedKey, replay: boolean) {
    return {
      kind: 'park' as const,
      consumer: this.#consumer,
      source,
      bucket,
      key,
      position: event.position,
      facts: event.facts,
      ...described(error),
      attempts,
      history: history.map(({ atMs, error: each }) => ({ atMs, ...reason(each) })),
      handlers: this.#handlers,
      replay,
      ...kept(event),
    }
  }

  #wait(key: string, event: Delivery): ParkWrite {
    return { kind: 'wait', consumer: this.#consumer, key, position: event.position, ...kept(event) }
  }
}

function kept({ raw }: Delivery): { raw?: string } {
  return raw === undefined ? {} : { raw }
}

function described(error: unknown): { code: string; message: string; stack: string } {
  const stack = error instanceof Error ? (error.stack ?? '').slice(0, 8_000) : ''
  return { ...reason(error), stack }
}

function reason(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'thrown', message: String(error).slice(0, 2_000) }
  return { code: isEventwrightError(error) ? error.code : error.name, message: error.message.slice(0, 2_000) }
}
