// The saga of the order system as the design prints it, in a system that runs; every expected error must be one.
import { command, handle, memory, process, saga, service, start, system, t, type Graph } from 'eventwright'
import {
  CancelOrder, ConfirmOrder, Item, Money, Order, OrderConfirmed, OrderCreated, orderEvents, ReserveInventory, reserve,
} from './shop.ts'

const ReleaseInventory = command('ReleaseInventory', { byKey: t.string() })
const ChargePayment = command('ChargePayment', { orderId: t.string(), total: Money })
  .replies({ paymentId: t.string() }).refuses('declined')
const RefundPayment = command('RefundPayment', { byKey: t.string(), paymentId: t.string().optional() })

export const OrderCreation = saga('order-creation', { startedBy: OrderCreated, id: e => e.orderId, deadline: '1h' })
  .call('reserve-inventory', {
    call: ReserveInventory, with: s => ({ orderId: s.input.orderId, items: s.input.items }),
    attemptTimeout: '5s', retry: { maxAttempts: 5 },
    undoCall: ReleaseInventory, undoWith: s => ({ byKey: s.sagaId }),
  })
  .call('process-payment', {
    call: ChargePayment, with: s => ({ orderId: s.input.orderId, total: s.input.total }),
    undoCall: RefundPayment,
    undoWith: s => ({ byKey: s.sagaId, ...(s.of.status === 'done' && { paymentId: s.of.output.paymentId }) }),
  })
  .pivotCall('confirm-order', { call: ConfirmOrder, with: s => ({ orderId: s.input.orderId }) })
  .failed((s, why) => CancelOrder({ orderId: s.input.orderId, reason: why.reason }))

const Shipping = process('shipping', { initial: () => 0 }).on(OrderConfirmed, e => e.orderId, n => ({ state: n + 1 }))

const shop = system('shop', {
  services: [
    service('orders', { parts: [Order, OrderCreation], publishes: [orderEvents] }),
    service('inventory', { parts: [reserve, handle(ReleaseInventory, async () => undefined)] }),
    service('payments', {
      parts: [
        handle(ChargePayment, async () => ({ paymentId: '' })),
        handle(RefundPayment, async () => undefined),
      ],
    }),
    service('shipping', { parts: [Shipping] }),
  ],
})

const items: readonly Item[] = []
export async function use(): Promise<void> {
  const running = await start(shop, { store: memory() })
  const { reply } = await running.execute(ReserveInventory({ orderId: 'o', items }))
  const id: string = reply.reservationId
  // @ts-expect-error a saga is no view
  await running.views['order-creation'].get(id)
}

export const read = ({ sagas, processes, derivedChannels, feeds, events }: Graph): unknown => [
  sagas.get('order-creation')?.definition.steps.length,
  processes.get('shipping')?.service,
  derivedChannels.get('inventory.commands')?.kind === 'commands',
  feeds.get('process:shipping')?.feeds.map(({ source }) => source),
  events.get('OrderCreated')?.sagas.length,
  // @ts-expect-error an aggregate reads nothing
  feeds.get('aggregate:Order'),
]
