/** What a system declares, as parts and what goes between them. */
export interface DesignMap {
  readonly system: string
  readonly services: readonly MapService[]
  readonly parts: readonly MapPart[]
  readonly links: readonly MapLink[]
}

/** A service and who looks after it. */
export interface MapService {
  readonly service: string
  readonly owner?: string
}

/** A part of a system; `id` is `<kind>:<name>`. */
export interface MapPart {
  readonly id: string
  readonly kind: MapPartKind
  readonly name: string
  readonly service: string
}

/** What a part is. */
export type MapPartKind =
  'command' | 'aggregate' | 'handler' | 'event' | 'projection' | 'subscription' | 'saga' | 'process' | 'channel'

/** What goes from one part to another, by their ids. */
export interface MapLink {
  readonly from: string
  readonly to: string
  readonly kind: 'handled by' | 'emits' | 'feeds' | 'published on' | 'sends' | 'undoes with'
  /** The channel that brings it; absent where the store does. */
  readonly over?: string
}
