import type { Health, Json, Measured } from '../wire.ts'
import type { ConsumerItem, ConsumerStatus } from './overview.ts'

/** A view, with the generation that is read. */
export interface ViewItem {
  readonly view: string
  readonly service: string
  readonly mode: 'inline' | 'async' | 'live'
  readonly declaredVersion: number
  readonly status: ConsumerStatus
  readonly health: Health
  readonly lagMessages: number
  readonly lagMs: number | null
  readonly stalenessMs: number
  readonly parkedKeys: number
  /** As of the consumer that feeds it. */
  readonly heldBy: ConsumerItem['heldBy']
  readonly leftBy?: NonNullable<ConsumerItem['leftBy']>
  readonly problem?: string
  readonly generations: readonly GenerationItem[]
  /** Where it can be built anew: not live ones, nor those of services that do not run here. */
  readonly canRebuild: boolean
}

/** One generation of a view. */
export interface GenerationItem {
  readonly generation: number
  readonly version: number
  readonly state: 'building' | 'active' | 'retired'
  readonly isRead: boolean
  readonly positionEvents: number
  readonly lagEvents: number
  /** From 0 to 1. */
  readonly progress: number
  readonly startedAt: string
}

/** A view with what it is made of. */
export interface ViewStory extends Measured, ViewItem {
  readonly columns: readonly {
    readonly name: string
    readonly kind: string
    readonly isIndexed: boolean
    readonly isPersonal: boolean
  }[]
  readonly from: readonly string[]
}

/** A row of a view. */
export interface RowItem {
  readonly key: string
  readonly row: { readonly [column: string]: Json }
  /** Its key is parked: events of it wait. */
  readonly isStale: boolean
}
