import { service } from 'eventwright'
import { Parcel } from './parcel.ts'
import { Shipping } from './shipping.ts'

/** Sends parcels. */
export const shipping = service('shipping', { owner: 'team-shipping', parts: [Parcel, Shipping] })
