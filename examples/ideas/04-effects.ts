// A subscription acts on events: it executes commands under a constant key, so that a repetition changes nothing.
import { aggregate, command, event, memory, reject, service, start, subscription, system, t } from 'eventwright'

const Ordered = event('Ordered', { orderId: t.string(), sku: t.string(), quantity: t.int() })
const Order = command('Order', { orderId: t.string(), sku: t.string(), quantity: t.int() })
const Reserved = event('Reserved', { sku: t.string(), quantity: t.int() })
const Reserve = command('Reserve', { sku: t.string(), quantity: t.int() }).refuses('out_of_stock')

const Orders = aggregate('Order', { events: [Ordered], commands: [Order], id: (c) => c.orderId, initial: () => null })
  .evolve({ Ordered: () => null })
  .decide({ Order: (c) => Ordered(c) })

const Stock = aggregate('Stock', { events: [Reserved], commands: [Reserve], id: (c) => c.sku, initial: () => 5 })
  .evolve({ Reserved: (free, e) => free - e.quantity })
  .decide({ Reserve: (c, free) => (c.quantity <= free ? Reserved(c) : reject('out_of_stock', `${free} left`)) })

const Reservation = subscription('reservation', { from: [Ordered], key: (e) => e.sku }).on({
  Ordered: async ({ orderId, sku, quantity }, { execute }) => {
    const answer = await execute(Reserve({ sku, quantity }))
    console.log(orderId, answer === undefined ? 'reserved' : answer.code)
  },
})

const parts = [Orders, Stock, Reservation]
const shop = system('shop', { services: [service('shop', { parts, owner: 'team-shop' })] })
const running = await start(shop, { store: memory() })

await running.execute(Order({ orderId: 'one', sku: 'mug', quantity: 3 }))
await running.execute(Order({ orderId: 'two', sku: 'mug', quantity: 3 }))
await running.execute(Order({ orderId: 'three', sku: 'mug', quantity: 2 }))
await running.caughtUp()
await running.stop()
