import { system } from 'eventwright'
import type { Parties } from '../outside/party.ts'
import { analytics } from './analytics/service.ts'
import { inventory } from './inventory/service.ts'
import { notifications } from './notifications/service.ts'
import { orders } from './orders/service.ts'
import type { OrdersMode } from './orders/views.ts'
import { payments } from './payments/service.ts'
import { shipping } from './shipping/service.ts'

/** The shop: six services that know each other by commands and channels alone. */
export const shopWith = ({ provider, mail }: Parties, mode: OrdersMode = 'inline') =>
  system('shop', {
    services: [orders(mode), inventory, payments(provider), shipping, notifications(mail), analytics],
  })

/** The names of its services. */
export const serviceNames = ['orders', 'inventory', 'payments', 'shipping', 'notifications', 'analytics'] as const
export type ServiceName = (typeof serviceNames)[number]

const nobody = (): never => {
  throw new Error('This service was not opened with its outside party; open the shop by openShop.')
}

/** Outside parties of a shop that needs none. */
export const absent: Parties = {
  provider: { charge: nobody, refund: nobody, payments: nobody },
  mail: { send: nobody, counts: nobody },
}

/** The design as it is reviewed, and as commands that look after a store know it: it runs nothing outside. */
export default shopWith(absent, (process.env['EVENTWRIGHT_VIEWS'] || 'store') === 'store' ? 'inline' : 'async')
