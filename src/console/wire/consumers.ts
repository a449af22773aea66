/** What a store has of a consumer, whether anybody runs it or not. */
export interface StoredConsumerItem {
  readonly consumer: string
  /** What it reads; empty where only dead letters or rows are left of it. */
  readonly sources: readonly string[]
  readonly buckets: number
  /** The least and the greatest position of its buckets; null where it has none. */
  readonly firstPosition: number | null
  readonly lastPosition: number | null
  /** How many processes have a part of it. */
  readonly owners: number
  readonly parkedKeys: number
  /** The state of the rows of a view that it feeds; null where there are none. */
  readonly rows: 'building' | 'active' | 'retired' | null
  /** Whether the system has a part for it: such a one cannot be forgotten. */
  readonly isDeclared: boolean
}
