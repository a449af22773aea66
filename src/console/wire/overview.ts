import type { Health, Measured, Place } from '../wire.ts'

/** How a consumer is doing; docs/operations.md explains each. */
export type ConsumerStatus =
  | 'idle'
  | 'ok'
  | 'waiting'
  | 'waiting for refeed'
  | 'lagging'
  | 'parked keys'
  | 'falling behind'
  | 'stalled'
  | 'stopped'
  | 'broker away'
  | 'needs newer release'
  | 'ahead'

/** What works on a source. */
export interface ConsumerItem {
  readonly name: string
  readonly kind:
    'projection' | 'subscription' | 'relay' | 'saga' | 'process' | 'router' | 'commands' | 'timers' | 'other'
  /** What it works for: a view, a saga, a channel. */
  readonly of: string
  readonly source: string
  readonly status: ConsumerStatus
  readonly health: Health
  readonly lagMessages: number
  /** How long the oldest waits; null where nobody knows. */
  readonly lagMs: number | null
  /** For how long it has not moved although there was something to do. */
  readonly stalenessMs: number
  readonly parkedKeys: number
  /** What the design declares for it, and whether it is kept; left out where nothing is declared. */
  readonly objective?: ConsumerObjective
  readonly buckets: number
  readonly owners: number
  /** The processes that hold a bucket of it, by their names. */
  readonly heldBy: readonly string[]
  /** Whose lease of a bucket ran out and when, where nobody has taken it since. */
  readonly leftBy?: { readonly process: string; readonly at: string }
  /** Of the process that answers. */
  readonly problem?: string
  /** Undeclared: nothing of this system works for it any more. */
  readonly isForgotten?: true
}

/** How far behind a consumer may be. */
export interface ConsumerObjective {
  readonly lagMessages?: number
  /** How old the oldest that waits may be. */
  readonly stalenessMs?: number
  readonly met: boolean
}

/** Something that needs a person. */
export interface Concern {
  readonly health: 'warn' | 'bad'
  readonly kind: 'consumer' | 'process' | 'dead letters' | 'stuck sagas' | 'view' | 'store'
  readonly what: string
  /** What to do about it, in a sentence. */
  readonly remedy: string
  /** How many it is about, in `unit`. */
  readonly count?: number
  readonly unit?: string
  readonly sinceAt?: string
  /** Where to look: the page and its parts. */
  readonly place: Place
}

/** One look at how much was appended. */
export interface ThroughputMoment {
  readonly at: string
  /** Of events of the design since the look before. */
  readonly eventsPerSecond: number
  /** The sum over all consumers. */
  readonly lagMessages: number
}

/** The first page. */
export interface Overview extends Measured {
  readonly health: Health
  readonly head: { readonly events: number; readonly engineEvents: number }
  /** The newest last; a look every two seconds while somebody looks, ten minutes at most. */
  readonly throughput: readonly ThroughputMoment[]
  /** What needs a person, the worst first. */
  readonly concerns: readonly Concern[]
  /** The worst first. */
  readonly consumers: readonly ConsumerItem[]
  readonly deadLetters: number
  readonly sagas: { readonly running: number; readonly stuck: number; readonly compensating: number }
  readonly jobs: { readonly running: number }
}

/** A channel, its partitions and its readers. */
export interface ChannelItem {
  readonly channel: string
  readonly kind: 'events' | 'commands' | 'replies'
  readonly service: string
  readonly format: string
  readonly carries: readonly string[]
  /** Empty where the broker cannot be asked here; `problem` says why. */
  readonly partitions: readonly {
    readonly partition: number
    readonly firstOffset: number
    readonly nextOffset: number
    readonly messages: number
  }[]
  readonly groups: readonly ConsumerItem[]
  readonly problem?: string
}
