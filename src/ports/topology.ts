import type { ChannelSpec } from './broker.ts'

/** What stands in a field of something that a broker keeps. */
export type TopologyValue = string | number | boolean

/** The fields of something that a broker keeps; how many partitions a channel has is always called `partitions`. */
export type TopologyFields = Readonly<Record<string, TopologyValue>>

/** What a broker keeps for channels, apart from messages. */
export type TopologyKind = 'topic' | 'exchange' | 'queue' | 'binding'

/** One thing that a broker keeps for a channel, as it is wanted or as it is there. */
export interface TopologyItem {
  readonly kind: TopologyKind
  readonly name: string
  /** The channel that needs it; undefined for what nothing is known of. */
  readonly channel?: string
  /** The partition of the channel that it is made for, where it is made for one. */
  readonly partition?: number
  /** Whoever starts makes it only when it is needed, so that it may be missing. */
  readonly later?: true
  readonly fields: TopologyFields
  /** What has been set on it besides, which nobody declares. */
  readonly besides?: TopologyFields
}

/** A field that has another value than it should; undefined: it has none. */
export interface TopologyFieldChange {
  readonly field: string
  readonly from: TopologyValue | undefined
  readonly to: TopologyValue | undefined
}

/** One step towards what is wanted. */
export type TopologyStep =
  | { readonly action: 'create'; readonly item: TopologyItem }
  | { readonly action: 'change'; readonly item: TopologyItem; readonly fields: readonly TopologyFieldChange[] }
  | { readonly action: 'delete'; readonly item: TopologyItem }

/** What a broker makes of channels, and the way to where it is kept. */
export interface TopologyAdapter {
  /** For messages. Never a password. */
  readonly name: string
  /**
   * Everything that channels need there, in the order in which it can be made, exactly as the adapter of the broker
   * makes it. Pure. Error: EW_CONFIG for a name that the broker does not take.
   */
  wanted(channels: readonly ChannelSpec[]): readonly TopologyItem[]
  /** Why a field cannot be changed where messages are already; undefined: it can. Not asked for `partitions`. */
  whyFixed(kind: TopologyKind, field: string): string | undefined
  /** Connects. Errors: EW_BROKER_FAILED, EW_DRIVER_MISSING. */
  open(): Promise<TopologyServer>
}

/** A broker, to look at what it keeps and to change it. Error of each: EW_BROKER_FAILED. */
export interface TopologyServer {
  /** Of what is wanted, what is there; and what is there besides and belongs to no declaration. Not what others own. */
  read(wanted: readonly TopologyItem[]): Promise<readonly TopologyItem[]>
  /** Does steps in their order, and waits until the broker shows them. */
  carryOut(steps: readonly TopologyStep[]): Promise<void>
  close(): Promise<void>
}
