// `.mts`, as the house's rules for `.ts` keep decorators out of files that Node may be asked to run: this one is only compiled.
import {
  reject, reply, service, type DataOf, type EventEffects, type EventMessage, type Meta, type Rejection, type Replied,
} from 'eventwright'
import { aggregateOf, CommandHandler, EventHandler, subscriptionOf } from 'eventwright/decorators'
import {
  CancelOrder, ConfirmOrder, CreateOrder, OrderCancelled, OrderConfirmed, OrderCreated, orderEvents, ReserveStock, StockReserved,
} from './shop.ts'

class OrderClass {
  status: 'none' | 'confirmed' = 'none'
  #seen = 0

  @EventHandler(OrderConfirmed)
  confirmed(): void {
    this.status = 'confirmed'
  }

  @EventHandler(OrderCancelled)
  cancelled(data: DataOf<typeof OrderCancelled>, meta: Meta): void {
    this.#seen += data.orderId.length + meta.version
  }

  @CommandHandler(ConfirmOrder)
  confirm(command: DataOf<typeof ConfirmOrder>): EventMessage<'OrderConfirmed'> | Rejection<'too_late'> {
    return this.#seen > 1 ? reject('too_late') : OrderConfirmed(command)
  }

  @CommandHandler(CancelOrder)
  cancel(): readonly EventMessage<'OrderCancelled'>[] {
    return []
  }

  add(left: number, right: number): number {
    return left + right
  }

  none(): [] {
    return []
  }

  anything(): any {
    return undefined
  }
}

class Mailer {
  @EventHandler(OrderCreated)
  async created(data: DataOf<typeof OrderCreated>, { key, send }: EventEffects): Promise<void> {
    if (key !== '') send(CancelOrder({ orderId: data.orderId, reason: 'no mail' }))
  }
}

const head = {
  name: 'Order', events: [OrderConfirmed, OrderCancelled], commands: [ConfirmOrder, CancelOrder], id: (c: { orderId: string }) => c.orderId,
} as const

const Order = aggregateOf(OrderClass, head)
const SendMail = subscriptionOf(() => new Mailer(), 'send-mail', { from: orderEvents, key: e => e.orderId })
const SendMore = subscriptionOf(() => new Mailer(), 'send-more', { from: [OrderCreated] })
export const orders = service('orders', { parts: [Order, SendMail, SendMore] })
export const names: 'Order' = Order.name
export const commands: 'ConfirmOrder' | 'CancelOrder' = orders['~commands']

export class Wrong {
  status = 'none'

  // @ts-expect-error the data of another event
  @EventHandler(OrderConfirmed)
  anotherEvent(data: DataOf<typeof OrderCreated>): void {
    this.status = data.customerId
  }

  // @ts-expect-error a second parameter that nobody passes
  @EventHandler(OrderConfirmed)
  second(_data: DataOf<typeof OrderConfirmed>, state: number): void {
    this.status = String(state)
  }

  // @ts-expect-error three parameters
  @EventHandler(OrderConfirmed)
  third(_data: DataOf<typeof OrderConfirmed>, _meta: Meta, _more: string): void {}

  // @ts-expect-error a command where an event belongs
  @EventHandler(ConfirmOrder)
  command(): void {}

  // @ts-expect-error an event where a command belongs
  @CommandHandler(OrderConfirmed)
  event(): [] {
    return []
  }

  // @ts-expect-error the data of another command
  @CommandHandler(ConfirmOrder)
  anotherCommand(_data: DataOf<typeof CreateOrder>): [] {
    return []
  }

  // @ts-expect-error a refusal that the command does not declare
  @CommandHandler(ConfirmOrder)
  undeclared(): Rejection<'typo'> {
    return reject('typo')
  }

  // @ts-expect-error no answer
  @CommandHandler(ConfirmOrder)
  silent(): void {}

  // @ts-expect-error an answer that comes later
  @CommandHandler(ConfirmOrder)
  async later(): Promise<EventMessage<'OrderConfirmed'>> {
    return OrderConfirmed({ orderId: 'o' })
  }

  // @ts-expect-error events without the reply that the command declares
  @CommandHandler(ReserveStock)
  bare(data: DataOf<typeof ReserveStock>): EventMessage<'StockReserved'> {
    return StockReserved(data)
  }

  // @ts-expect-error another reply than the command declares
  @CommandHandler(ReserveStock)
  wrongReply(data: DataOf<typeof ReserveStock>): Replied<{ right: number }, 'StockReserved'> {
    return reply({ right: 1 }, StockReserved(data))
  }

  @CommandHandler(ReserveStock)
  rightReply(data: DataOf<typeof ReserveStock>): Replied<{ left: number }, 'StockReserved'> {
    return reply({ left: 1 }, StockReserved(data))
  }

  // @ts-expect-error a static method
  @EventHandler(OrderConfirmed)
  static ofTheClass(): void {}

  // @ts-expect-error a private method
  @EventHandler(OrderConfirmed)
  #hidden(): void {}

  // @ts-expect-error a method without a name
  @EventHandler(OrderConfirmed)
  [Symbol.iterator](): void {}

  // @ts-expect-error a field
  @EventHandler(OrderConfirmed)
  field = (): void => {}

  // @ts-expect-error a getter
  @EventHandler(OrderConfirmed)
  get got(): string {
    return this.status
  }

  use(): void {
    this.#hidden()
  }
}

// @ts-expect-error a class
@EventHandler(OrderConfirmed)
export class Whole {}

class Later {
  async load(): Promise<void> {}
}
class Stranger {
  reserve(): EventMessage<'StockReserved'> {
    return StockReserved({ sku: 's', quantity: 1 })
  }
}
class Sender {
  confirmed(_data: DataOf<typeof OrderConfirmed>, { send }: EventEffects): void {
    send(CancelOrder({ orderId: 'o', reason: 'no mail' }))
  }
}
class WithArguments {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

// @ts-expect-error a method that answers later has no place in an aggregate
aggregateOf(Later, head)
// @ts-expect-error a method answers an event that the aggregate does not declare
aggregateOf(Stranger, head)
// @ts-expect-error a method wants the effects of a subscription
aggregateOf(Sender, head)
// @ts-expect-error an aggregate is made without arguments
aggregateOf(WithArguments, head)
// @ts-expect-error a command among the events
aggregateOf(OrderClass, { ...head, events: [ConfirmOrder] })
// @ts-expect-error no id
aggregateOf(OrderClass, { name: 'Order', events: [OrderConfirmed, OrderCancelled], commands: [ConfirmOrder] })
// @ts-expect-error a method wants the meta data of an aggregate
subscriptionOf(() => new OrderClass(), 'orders', { from: [OrderConfirmed] })
// @ts-expect-error a key that the event does not have
subscriptionOf(() => new Mailer(), 'mail', { from: [OrderCreated], key: e => e.nothing })
