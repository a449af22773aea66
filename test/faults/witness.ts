import { aggregate, command, event, service, subscription, system, t } from 'eventwright'
import { creditNotes, orderEvents } from '../../examples/orders/shop/orders/channels.ts'
import { inventoryEvents } from '../../examples/orders/shop/inventory/channels.ts'
import design from '../../examples/orders/shop/system.ts'

const seen = { channel: t.string(), stream: t.string(), version: t.int(), type: t.string() }

/** An event of another service has come over a channel: which one. */
export const Seen = event('Seen', seen)
const Note = command('Note', seen)

/** Takes everything down, a repeat too: nothing but the inbox keeps it from standing there twice. */
const Sight = aggregate('Sight', {
  events: [Seen],
  commands: [Note],
  id: ({ channel, stream }) => `${channel}/${stream}`,
  initial: () => null,
})
  .evolve({ Seen: (sight) => sight })
  .decide({ Note: (noted) => Seen(noted) })

interface Told {
  readonly meta: { readonly stream: string; readonly version: number }
  execute(command: ReturnType<typeof Note>): Promise<unknown>
}

function note(channel: string, type: string) {
  return async (_: unknown, { meta: { stream, version }, execute }: Told): Promise<void> => {
    await execute(Note({ channel, stream, version, type }))
  }
}

const seeOrders = subscription('see-orders', { from: orderEvents, concurrency: 16 }).on({
  OrderConfirmed: note('order-events', 'OrderConfirmed'),
  OrderCancelled: note('order-events', 'OrderCancelled'),
})
const seeNotes = subscription('see-notes', { from: creditNotes }).on({
  CreditNoteIssued: note('credit-notes', 'CreditNoteIssued'),
})
const seeGoods = subscription('see-goods', { from: inventoryEvents, concurrency: 16 }).on({
  ItemsReserved: note('inventory-events', 'ItemsReserved'),
  ItemsReleased: note('inventory-events', 'ItemsReleased'),
  ItemsIssued: note('inventory-events', 'ItemsIssued'),
})

/** The shop with a service beside it that reads all its channels and writes down what comes, in the order of coming. */
export const watchedShop = system('watched-shop', {
  services: [...design.services, service('witness', { parts: [Sight, seeOrders, seeNotes, seeGoods] })],
})
