import { aggregate, channel, command, event, service, subscription, system, t, type AnyPart } from 'eventwright'

/** An order as its service tells others of it. */
export const OrderPlaced = event('OrderPlaced', { orderId: t.string(), customer: t.string() })

export const PlaceOrder = command('PlaceOrder', { orderId: t.string(), customer: t.string() })

export const Order = aggregate('Order', {
  events: [OrderPlaced],
  commands: [PlaceOrder],
  id: (c) => c.orderId,
  initial: () => ({ placed: false }),
})
  .evolve({ OrderPlaced: () => ({ placed: true }) })
  .decide({ PlaceOrder: (c, state) => (state.placed ? [] : OrderPlaced(c)) })

export const orderEvents = channel('orders', { carries: [OrderPlaced], key: 'orderId' })

export const LetterSent = event('LetterSent', { to: t.string(), text: t.string() })

export const SendLetter = command('SendLetter', { to: t.string(), text: t.string() })

/** Everything sent to one person stands in one stream. */
export const Mailbox = aggregate('Mailbox', {
  events: [LetterSent],
  commands: [SendLetter],
  id: (c) => c.to,
  initial: () => ({ letters: 0 }),
})
  .evolve({ LetterSent: (state) => ({ letters: state.letters + 1 }) })
  .decide({ SendLetter: (c) => LetterSent(c) })

/** Writes to every customer who has ordered. */
export const thanks = subscription('thanks', { from: orderEvents }).on({
  OrderPlaced: (e, { send }) => send(SendLetter({ to: e.customer, text: `Thanks for ${e.orderId}` })),
})

/** Two services that know each other by messages alone. */
export const shopWith = <P extends AnyPart>(reaction: P) =>
  system('shop', {
    services: [
      service('orders', { parts: [Order], publishes: [orderEvents] }),
      service('mail', { parts: [Mailbox, reaction] }),
    ],
  })
