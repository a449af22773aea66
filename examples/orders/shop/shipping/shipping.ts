import { process } from 'eventwright'
import { ItemsIssued } from '../inventory/reservation.ts'
import { OrderConfirmed } from '../orders/order.ts'
import { DispatchParcel } from './parcel.ts'

interface ShippingState {
  readonly isConfirmed: boolean
  readonly areGoodsIssued: boolean
}

/**
 * Nobody tells the shipping what to do: it follows two services, whose events reach it over `order-events` and
 * `inventory-events`, and dispatches the parcel when the order is confirmed and its goods have left the stock, in
 * whichever order it hears of them.
 */
export const Shipping = process('shipping', {
  initial: (): ShippingState => ({ isConfirmed: false, areGoodsIssued: false }),
})
  .on(
    OrderConfirmed,
    (order) => order.orderId,
    (state, { orderId }) => next({ ...state, isConfirmed: true }, orderId),
  )
  .on(
    ItemsIssued,
    (items) => items.orderId,
    (state, { orderId }) => next({ ...state, areGoodsIssued: true }, orderId),
  )

function next(state: ShippingState, orderId: string) {
  if (!state.isConfirmed || !state.areGoodsIssued) return { state }
  return { state, send: [DispatchParcel({ orderId })], end: true as const }
}
