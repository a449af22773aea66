import { service, system } from 'eventwright'
import { CreditNote } from './credit-note.ts'
import { FulfilOrders, fulfil } from './fulfilment.ts'
import { importCreditNote, importSale } from './history.ts'
import { Order } from './order.ts'
import { Reservation } from './reservation.ts'
import { Stock } from './stock.ts'
import { Orders, SalesByCountry, SalesByDay, StockLevels } from './views.ts'

/** Everything that takes and fulfils orders. */
export const orders = service('orders', {
  owner: 'team-orders',
  parts: [
    Order,
    Stock,
    Reservation,
    CreditNote,
    fulfil,
    importSale,
    importCreditNote,
    FulfilOrders,
    Orders,
    StockLevels,
    SalesByCountry,
    SalesByDay,
  ],
})

export default system('shop', { services: [orders] })
