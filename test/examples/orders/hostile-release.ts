import { aggregate, command, event, service, start, system, t } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { OrderCreated } from '../../../examples/orders/shop/orders/order.ts'

const OrderWrapped = event('OrderWrapped', { orderId: t.string() })
const Wrapped = OrderCreated.next(
  { orderId: t.string(), customerId: t.string(), wrapping: t.string() },
  ({ orderId, customerId }) => ({ orderId, customerId, wrapping: 'none' }),
)
const CreateWrapped = command('CreateWrapped', { orderId: t.string() })
const Wrap = command('Wrap', { orderId: t.string() })

/** The orders of a release to come: a newer version of one event, and an event that nobody here knows. */
const Order = aggregate('Order', {
  events: [Wrapped, OrderWrapped],
  commands: [CreateWrapped, Wrap],
  id: ({ orderId }) => orderId,
  initial: () => ({}),
})
  .evolve({ OrderCreated: (state) => state, OrderWrapped: (state) => state })
  .decide({
    CreateWrapped: ({ orderId }) => Wrapped({ orderId, customerId: 'ada', wrapping: 'red' }),
    Wrap: ({ orderId }) => OrderWrapped({ orderId }),
  })

/** Writes as that release would: a creation in version 3, or an event of an unknown type. */
export async function writeAsNewerRelease(store: string, kind: 'version' | 'type', orderId: string): Promise<void> {
  const shop = await start(system('shop', { services: [service('orders', { parts: [Order] })] }), {
    store: sqlite(store),
  })
  await shop.execute(kind === 'version' ? CreateWrapped({ orderId }) : Wrap({ orderId }))
  await shop.stop()
}
