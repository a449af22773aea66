import type { Clock } from '../../base/clock.ts'
import type { Signal } from '../../base/signal.ts'
import type { OwnershipTable } from '../../ports/ownership.ts'
import type { Bucket } from '../ownership.ts'

/** How far consumers have come, whoever owns their buckets. */
export interface Progress {
  /** Notes how many buckets a consumer has that is known here. */
  divided(consumer: string, buckets: number): void
  /** Notes how far this process is with a bucket, stored or not. */
  moved(consumer: string, bucket: number, position: number): void
  /** Notes what this process has just claimed, and where it stands: what was believed before does not count. */
  claimed(consumer: string, bucket: Pick<Bucket, 'bucket' | 'done' | 'lost'>): void
  /** Notes that positions of a consumer were stored. */
  stored(consumer: string): void
  /** Whether somebody here waits for positions of a consumer to be stored that this process has come to. */
  isAwaited(consumer: string): boolean
  /** The position that all buckets of a consumer have reached, by the store as it is now or by what is known here. */
  position(consumer: string): Promise<number>
  /** The same as it is stored for everybody to see; what this process has done beyond that is stored soon. */
  settled(consumer: string): Promise<number>
  /**
   * Waits until the consumer has reached `position`; false when the time is over, `abort` fires or `wanted` says no.
   */
  reached(consumer: string, position: number, limits: ReachedLimits): Promise<boolean>
}

/** How long and for what it is waited; `wanted` is asked whenever something has changed. */
export interface ReachedLimits {
  readonly timeoutMs: number
  readonly bucket?: number
  readonly abort?: AbortSignal
  wanted?(): boolean
}

/** The store is not asked for a bucket of this process before it has had so long to move, or something did so often. */
const ownMs = 50
const mostLooks = 50

/**
 * Every change of this process raises `wake`, and so does the store when another process commits; the poll is a
 * backstop.
 */
export function progress(table: OwnershipTable, wake: Signal, clock: Clock, backstopMs: number): Progress {
  const counts = new Map<string, number>()
  const known = new Map<string, Map<number, number>>()
  const awaited = new Set<string>()
  const own = new Map<string, Map<number, Pick<Bucket, 'lost'>>>()
  let waiting = 0
  const of = (consumer: string): Map<number, number> => {
    let buckets = known.get(consumer)
    if (buckets === undefined) known.set(consumer, (buckets = new Map()))
    return buckets
  }
  const note = (buckets: Map<number, number>, bucket: number, position: number): void =>
    void buckets.set(bucket, Math.max(position, buckets.get(bucket) ?? 0))
  /** Where the store says it is; what is known here beyond that shall be stored if somebody waits for that. */
  const read = async (consumer: string, bucket: number | undefined, toStore: boolean): Promise<number> => {
    const rows = (await table.list(consumer)).filter((row) => bucket === undefined || row.bucket === bucket)
    const buckets = of(consumer)
    const isBehind = rows.some((row) => row.position < (buckets.get(row.bucket) ?? 0))
    for (const row of rows) note(buckets, row.bucket, row.position)
    if (isBehind && toStore && !awaited.has(consumer)) {
      awaited.add(consumer)
      wake.raise()
    }
    return least(rows.map((row) => (toStore ? row.position : buckets.get(row.bucket)!)))
  }
  const knownToHave = (consumer: string, wanted: number, bucket: number | undefined): boolean => {
    const buckets = known.get(consumer)
    // Positions never fall, so a bucket that was there once is still there.
    if (bucket !== undefined) return (buckets?.get(bucket) ?? -1) >= wanted
    return buckets !== undefined && buckets.size === counts.get(consumer) && least([...buckets.values()]) >= wanted
  }
  const isOwn = (consumer: string, bucket: number | undefined): boolean => {
    const buckets = own.get(consumer)
    if (bucket !== undefined) return buckets?.get(bucket)?.lost === false
    if (buckets === undefined || buckets.size !== counts.get(consumer)) return false
    return [...buckets.values()].every(({ lost }) => !lost)
  }
  return {
    divided: (consumer, buckets) => void counts.set(consumer, buckets),
    moved(consumer, bucket, position) {
      note(of(consumer), bucket, position)
      // Not every move is a commit, which would raise it.
      if (waiting > 0) wake.raise()
    },
    claimed(consumer, bucket) {
      of(consumer).set(bucket.bucket, bucket.done)
      const buckets = own.get(consumer)
      if (buckets === undefined) own.set(consumer, new Map([[bucket.bucket, bucket]]))
      else buckets.set(bucket.bucket, bucket)
    },
    stored: (consumer) => void awaited.delete(consumer),
    isAwaited: (consumer) => awaited.has(consumer),
    position: (consumer) => read(consumer, undefined, false),
    settled: (consumer) => read(consumer, undefined, true),
    async reached(consumer, target, { timeoutMs, bucket, abort, wanted }) {
      const begunMs = clock.now()
      const deadline = begunMs + timeoutMs
      const waits = async (seen: number, forMs: number): Promise<boolean> => {
        waiting++
        return wake.after(seen, forMs, abort).finally(() => waiting--)
      }
      for (let looks = 0; ; looks++) {
        const seen = wake.seen()
        if (knownToHave(consumer, target, bucket)) return true
        const ownLeftMs = begunMs + Math.min(ownMs, timeoutMs) - clock.now()
        // A clock that stands, or is set back, must not keep it from asking.
        if (ownLeftMs > 0 && looks < mostLooks && isOwn(consumer, bucket) && !abort?.aborted && wanted?.() !== false) {
          if (!(await waits(seen, Math.min(ownLeftMs, ownMs)))) looks = mostLooks
          continue
        }
        if ((await read(consumer, bucket, false)) >= target) return true
        const leftMs = deadline - clock.now()
        if (leftMs <= 0 || abort?.aborted || wanted?.() === false) return false
        await waits(seen, Math.min(leftMs, backstopMs))
      }
    },
  }
}

function least(positions: readonly number[]): number {
  return positions.length === 0 ? 0 : Math.min(...positions)
}
