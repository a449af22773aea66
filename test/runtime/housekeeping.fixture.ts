import {
  aggregate,
  channel,
  command,
  event,
  reject,
  saga,
  service,
  subscription,
  system,
  t,
  type Clock,
} from 'eventwright'

const id = { orderId: t.string() }

const OrderPlaced = event('OrderPlaced', { orderId: t.string(), card: t.string() })
const OrderApproved = event('OrderApproved', id)
const OrderConfirmed = event('OrderConfirmed', id)
const OrderCancelled = event('OrderCancelled', id)

export const PlaceOrder = command('PlaceOrder', { orderId: t.string(), card: t.string() })
export const ApproveOrder = command('ApproveOrder', id)
const ConfirmOrder = command('ConfirmOrder', id)
const CancelOrder = command('CancelOrder', id)

const Order = aggregate('Order', {
  events: [OrderPlaced, OrderApproved, OrderConfirmed, OrderCancelled],
  commands: [PlaceOrder, ApproveOrder, ConfirmOrder, CancelOrder],
  id: (c) => c.orderId,
  initial: () => 0,
})
  .evolve({
    OrderPlaced: (n) => n,
    OrderApproved: (n) => n,
    OrderConfirmed: (n) => n,
    OrderCancelled: (n) => n,
  })
  .decide({
    PlaceOrder: (c) => OrderPlaced(c),
    ApproveOrder: (c) => OrderApproved(c),
    ConfirmOrder: (c) => OrderConfirmed(c),
    CancelOrder: (c) => OrderCancelled(c),
  })

const Reserved = event('Reserved', id)
const Released = event('Released', id)
const Reserve = command('Reserve', id)
const Release = command('Release', id)
const LetterSent = event('LetterSent', id)
const SendLetter = command('SendLetter', id)

const Shelf = aggregate('Shelf', {
  events: [Reserved, Released, LetterSent],
  commands: [Reserve, Release, SendLetter],
  id: (c) => c.orderId,
  initial: () => 0,
})
  .evolve({ Reserved: (n) => n, Released: (n) => n, LetterSent: (n) => n })
  .decide({ Reserve: (c) => Reserved(c), Release: (c) => Released(c), SendLetter: (c) => LetterSent(c) })

const Charged = event('Charged', id)
const Charge = command('Charge', { orderId: t.string(), card: t.string() }).refuses('declined')

const Account = aggregate('Account', {
  events: [Charged],
  commands: [Charge],
  id: (c) => c.orderId,
  initial: () => 0,
})
  .evolve({ Charged: (n) => n })
  .decide({ Charge: (c) => (c.card === 'bad' ? reject('declined') : Charged({ orderId: c.orderId })) })

/** Reserves, waits for the approval as long as it takes, charges; what was reserved is released for a bad card. */
const Approval = saga('approval', { startedBy: OrderPlaced, id: (e) => e.orderId })
  .call('reserve', {
    call: Reserve,
    with: ({ input }) => ({ orderId: input.orderId }),
    undoCall: Release,
    undoWith: ({ input }) => ({ orderId: input.orderId }),
  })
  .waitFor('approved', {
    event: OrderApproved,
    by: (e) => e.orderId,
    correlate: ({ input }) => input.orderId,
    within: '1000d',
    onTimeout: 'fail',
  })
  .pivotCall('charge', { call: Charge, with: ({ input }) => ({ orderId: input.orderId, card: input.card }) })
  .finishCall('confirm', { call: ConfirmOrder, with: ({ input }) => ({ orderId: input.orderId }) })
  .failed(({ input }) => CancelOrder({ orderId: input.orderId }))

const orderEvents = channel('orders', { carries: [OrderPlaced, OrderConfirmed], key: 'orderId', retention: '2d' })

const Letters = subscription('letters', { from: orderEvents }).on({
  OrderPlaced: (e, { send }) => send(SendLetter({ orderId: e.orderId })),
})

/** Three services, with channels, a saga that waits, and a subscription. */
export const bazaar = system('bazaar', {
  services: [
    service('orders', { parts: [Order, Approval], publishes: [orderEvents] }),
    service('stock', { parts: [Shelf, Letters] }),
    service('payments', { parts: [Account] }),
  ],
})

/** The clock of the machine with days that a test puts in between. */
export interface LeapingClock extends Clock {
  leap(ms: number): void
}

/** Sleeps are as long as ever, only the time leaps. */
export function leapingClock(real: Clock): LeapingClock {
  let leaptMs = 0
  return { now: () => real.now() + leaptMs, sleep: real.sleep, leap: (ms) => void (leaptMs += ms) }
}
