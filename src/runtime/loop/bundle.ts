import { bucketOfKey } from '../../ports/ownership.ts'
import type { Bucket } from '../ownership.ts'

/**
 * Buckets of one consumer that this process works on together: they are read for once, and a unit moves several of
 * them. It never changes; other buckets are another bundle.
 */
export interface Bundle {
  readonly buckets: readonly Bucket[]
  /** How many buckets the consumer has in all; 1 where keys are not spread. */
  readonly of: number
  /** Whether no bucket of the consumer is elsewhere. */
  readonly isWhole: boolean
  /** The bucket of a key; undefined where it is not here. Where keys are not spread it is always the only one. */
  bucketOf(key: string): Bucket | undefined
  /** Fires, with EW_OWNERSHIP_LOST, when one of them is lost. */
  readonly signal: AbortSignal
  readonly lost: boolean
  /** Asks whoever has the bucket of a key to give it here. */
  wish(key: string): Promise<void>
}

/** How the keys of a consumer are spread. */
export interface Spread {
  /** How many buckets it has in all; 1 where keys are not spread, as in the partitions of a channel. */
  readonly of: number
  wish?(bucket: number): Promise<void>
}

/** Buckets of one consumer, one at least; only one where keys are not spread. */
export function bundleOf(buckets: readonly Bucket[], { of, wish }: Spread = { of: 1 }): Bundle {
  const byNumber = new Map(buckets.map((bucket) => [bucket.bucket, bucket]))
  const [first] = buckets
  const signal = buckets.length === 1 ? first!.signal : AbortSignal.any(buckets.map((bucket) => bucket.signal))
  return {
    buckets,
    of,
    isWhole: buckets.length === of,
    bucketOf: of === 1 ? () => first : (key) => byNumber.get(bucketOfKey(key, of)),
    signal,
    get lost() {
      return buckets.some((bucket) => bucket.lost)
    },
    async wish(key) {
      await wish?.(bucketOfKey(key, of))
    },
  }
}
