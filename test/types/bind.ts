import { bind, reject, type AggregateDef, type DataOf, type EventMessage, type Rejection } from 'eventwright'
import { CancelOrder, ConfirmOrder, OrderCancelled, OrderConfirmed, OrderCreated, StockReserved } from './shop.ts'

class OrderClass {
  status: 'none' | 'confirmed' = 'none'
  #seen = 0

  confirmed(): void {
    this.status = 'confirmed'
  }

  cancelled(data: DataOf<typeof OrderCancelled>): void {
    this.#seen += data.orderId.length
  }

  created(data: DataOf<typeof OrderCreated>): void {
    this.#seen += data.items.length
  }

  confirm(command: DataOf<typeof ConfirmOrder>): EventMessage<'OrderConfirmed'> | Rejection<'too_late'> {
    return this.#seen > 1 ? reject('too_late') : OrderConfirmed(command)
  }

  cancel(): readonly EventMessage<'OrderCancelled'>[] {
    return []
  }

  refuse(): Rejection<'typo'> {
    return reject('typo')
  }

  reserve(): EventMessage<'StockReserved'> {
    return StockReserved({ sku: 's', quantity: 1 })
  }
}

const head = {
  name: 'Order', events: [OrderConfirmed, OrderCancelled], commands: [ConfirmOrder, CancelOrder], id: (c: { orderId: string }) => c.orderId,
} as const
const on = { OrderConfirmed: 'confirmed', OrderCancelled: 'cancelled' } as const
const handles = { ConfirmOrder: 'confirm', CancelOrder: 'cancel' } as const

export const Order: AggregateDef<'Order', OrderClass, 'OrderConfirmed' | 'OrderCancelled', 'ConfirmOrder' | 'CancelOrder'> =
  bind(OrderClass, { ...head, on, handles })

// @ts-expect-error the class has no such method
bind(OrderClass, { ...head, on: { ...on, OrderConfirmed: 'nope' }, handles })
// @ts-expect-error a method that decides where one that applies belongs
bind(OrderClass, { ...head, on, handles: { ...handles, ConfirmOrder: 'confirmed' } })
// @ts-expect-error a method for another event
bind(OrderClass, { ...head, on: { ...on, OrderConfirmed: 'created' }, handles })
// @ts-expect-error a method is missing
bind(OrderClass, { ...head, on: { OrderConfirmed: 'confirmed' }, handles })
// @ts-expect-error a refusal that the command does not declare
bind(OrderClass, { ...head, on, handles: { ...handles, ConfirmOrder: 'refuse' } })
// @ts-expect-error an event that the aggregate does not declare
bind(OrderClass, { ...head, on, handles: { ...handles, ConfirmOrder: 'reserve' } })
// @ts-expect-error a property that is no method
bind(OrderClass, { ...head, on: { ...on, OrderConfirmed: 'status' }, handles })
