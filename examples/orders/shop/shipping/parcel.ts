import { aggregate, command, event } from 'eventwright'
import { Name } from '../order-line.ts'

/** The goods of an order are on their way. */
export const ParcelDispatched = event('ParcelDispatched', { orderId: Name })

/** A parcel is dispatched once. */
export const DispatchParcel = command('DispatchParcel', { orderId: Name })

/** Stream `Parcel/<orderId>`. */
export const Parcel = aggregate('Parcel', {
  events: [ParcelDispatched],
  commands: [DispatchParcel],
  id: (command) => command.orderId,
  initial: () => 'none',
})
  .evolve({ ParcelDispatched: () => 'dispatched' })
  .decide({ DispatchParcel: (parcel, state) => (state === 'none' ? ParcelDispatched(parcel) : []) })
