import type { Clock } from '../../base/clock.ts'
import type { Signal } from '../../base/signal.ts'
import type { OwnershipTable } from '../../ports/ownership.ts'

/** How far consumers have come, whoever owns their buckets. */
export interface Progress {
  /** Notes a position that this process has committed. */
  moved(consumer: string, bucket: number, position: number): void
  /** The position that all buckets (or the given one) of a consumer have reached, as the store has it now. */
  position(consumer: string, bucket?: number): Promise<number>
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

/**
 * Every change of this process raises `wake`, and so does the store when another process commits; the poll is a
 * backstop.
 */
export function progress(table: OwnershipTable, wake: Signal, clock: Clock, backstopMs: number): Progress {
  const known = new Map<string, Map<number, number>>()
  const moved = (consumer: string, bucket: number, position: number): void => {
    let buckets = known.get(consumer)
    if (buckets === undefined) known.set(consumer, (buckets = new Map()))
    buckets.set(bucket, Math.max(position, buckets.get(bucket) ?? 0))
  }
  const position = async (consumer: string, bucket?: number): Promise<number> => {
    const rows = await table.list(consumer)
    for (const row of rows) moved(consumer, row.bucket, row.position)
    const wanted = bucket === undefined ? rows : rows.filter((row) => row.bucket === bucket)
    return wanted.length === 0 ? 0 : Math.min(...wanted.map((row) => row.position))
  }
  const knownToHave = (consumer: string, wanted: number, bucket: number | undefined): boolean => {
    const buckets = known.get(consumer)
    // Positions never fall, so a bucket that was there once is still there; all buckets are only known after a read.
    return bucket !== undefined && (buckets?.get(bucket) ?? -1) >= wanted
  }
  return {
    moved,
    position,
    async reached(consumer, target, { timeoutMs, bucket, abort, wanted }) {
      const deadline = clock.now() + timeoutMs
      for (;;) {
        const seen = wake.seen()
        if (knownToHave(consumer, target, bucket) || (await position(consumer, bucket)) >= target) return true
        const leftMs = deadline - clock.now()
        if (leftMs <= 0 || abort?.aborted || wanted?.() === false) return false
        await wake.after(seen, Math.min(leftMs, backstopMs), abort)
      }
    },
  }
}
