import type { MapLink, MapPart, MapService } from '../../architect/diagrams/map-parts.ts'
import type { Health, Measured } from '../wire.ts'
import type { ConsumerStatus } from './overview.ts'
import type { PictureView } from './pictures.ts'

/** The declared system as a graph. */
export interface SystemMap extends Measured {
  readonly system: string
  readonly services: readonly (MapService & { readonly runsHere: boolean })[]
  readonly nodes: readonly MapNode[]
  readonly edges: readonly MapEdge[]
  /** How it is drawn; a box has the id of its node. */
  readonly picture: PictureView
}

/** A part of the system, and how what works for it is doing. */
export interface MapNode extends MapPart {
  readonly health?: Health
  readonly status?: ConsumerStatus
  readonly lagMessages?: number
}

/** What goes from one part to another. */
export type MapEdge = MapLink
