import { service } from 'eventwright'
import { creditNotes, orderEvents } from './channels.ts'
import { CreditNote } from './credit-note.ts'
import { importCreditNote, importSale } from './history.ts'
import { OrderCreation } from './order-creation.ts'
import { Order } from './order.ts'
import { ordersView, type OrdersMode } from './views.ts'

/** Takes orders and sees them through. */
export const orders = (mode: OrdersMode) =>
  service('orders', {
    owner: 'team-orders',
    parts: [Order, CreditNote, importSale, importCreditNote, OrderCreation, ordersView(mode)],
    publishes: [orderEvents, creditNotes],
  })
