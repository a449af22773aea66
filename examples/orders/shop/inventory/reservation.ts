import { aggregate, event, t } from 'eventwright'
import { Name, Pieces } from '../order-line.ts'

/** Pieces of several products are reserved for an order, all of them or none. */
export const ItemsReserved = event('ItemsReserved', { orderId: Name, pieces: t.array(Pieces) })
/** They are free again: the order was not confirmed. */
export const ItemsReleased = event('ItemsReleased', { orderId: Name })
/** They have left the house: the order was confirmed. */
export const ItemsIssued = event('ItemsIssued', { orderId: Name })

export interface ReservationState {
  readonly status: 'none' | 'reserved' | 'released' | 'issued'
  readonly pieces: readonly Pieces[]
}

/**
 * Stream `Reservation/<orderId>`: what stock an order holds. Handlers record its events together with those of `Stock`.
 */
export const Reservation = aggregate('Reservation', {
  events: [ItemsReserved, ItemsReleased, ItemsIssued],
  commands: [],
  id: () => '',
  initial: (): ReservationState => ({ status: 'none', pieces: [] }),
})
  .evolve({
    ItemsReserved: (_, { pieces }) => ({ status: 'reserved', pieces }),
    ItemsReleased: () => ({ status: 'released', pieces: [] }),
    ItemsIssued: () => ({ status: 'issued', pieces: [] }),
  })
  .decide({})
