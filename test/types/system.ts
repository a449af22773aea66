import { aggregate, memory, projection, service, start, subscription, system, t, type Decimal } from 'eventwright'
import {
  CancelOrder, ConfirmOrder, CreateOrder, inventory, Order, OrderConfirmed, orderEvents, orders, ReserveInventory, shop,
} from './shop.ts'

const boot = () => start(shop, { store: memory(), services: ['orders', 'inventory'] })
export interface Shop extends Awaited<ReturnType<typeof boot>> {}

export async function use(running: Shop): Promise<void> {
  const { reply, receipt } = await running.execute(ReserveInventory({ orderId: 'o', items: [] }), { idempotencyKey: 'k' })
  const id: string = reply.reservationId
  const tried = await running.attempt(ConfirmOrder({ orderId: 'o' }))
  if (!tried.ok) {
    const code: 'not_pending' | 'too_late' = tried.code
    // @ts-expect-error not one of the declared refusals
    const wrong: 'order_exists' = tried.code
    void [code, wrong]
  }
  const row = await running.views.orders.get(id, { after: receipt, timeout: '2s' })
  const total: Decimal | undefined = row?.total.amount
  const status: 'pending' | 'confirmed' | 'cancelled' | undefined = row?.status
  const notes: number | undefined = row?.notes
  await running.views.orders.find({ customerId: 'c', status: { in: ['pending'] }, createdAt: { gte: '2026-01-01T00:00:00.000Z' } })
  await running.views.orders.page({ orderBy: 'createdAt', limit: 10 })
  for await (const change of running.views.orders.watch({ status: 'confirmed' })) void change.row?.orderId
  void [total, status, notes]

  const Foreign = aggregate('Foreign', { events: [], commands: [], id: () => 'x', initial: () => 0 }).evolve({}).decide({})
  void Foreign
  const { key, dueAt } = await running.schedule(ConfirmOrder({ orderId: 'o' }), '24h', { actor: 'ada' })
  await running.unschedule('orders', key + dueAt)
  // @ts-expect-error an event cannot be scheduled
  await running.schedule(OrderConfirmed({ orderId: 'o' }), '24h')
  // @ts-expect-error an event cannot be executed
  await running.execute(OrderConfirmed({ orderId: 'o' }))
  // @ts-expect-error nor attempted
  await running.attempt(OrderConfirmed({ orderId: 'o' }))
  // @ts-expect-error the definition is no message
  await running.execute(CreateOrder)
  // @ts-expect-error a plain object is no message
  await running.execute({ kind: 'command', type: 'CancelOrder', data: { orderId: 'o', reason: 'x' } })
  // @ts-expect-error no such view
  await running.views.nope.get('x')
  // @ts-expect-error not indexed
  await running.views.orders.find({ orderId: 'o' })
  // @ts-expect-error a value of another type
  await running.views.orders.find({ status: 'done' })
  // @ts-expect-error sorting needs an index
  await running.views.orders.page({ orderBy: 'notes' })
  // @ts-expect-error the row has no such column
  void row?.nope
  // @ts-expect-error a receipt is not a number
  await running.views.orders.get('x', { after: 7 })
}

const small = system('small', { services: [orders] })
export async function useSmall(): Promise<void> {
  const running = await start(small, { store: memory() })
  // @ts-expect-error no part of this system handles it
  await running.execute(ReserveInventory({ orderId: 'o', items: [] }))
  await running.execute(CancelOrder({ orderId: 'o', reason: 'x' }))
}

// @ts-expect-error no such service
void start(shop, { store: memory(), services: ['payments'] })
// @ts-expect-error a store is needed
void start(shop, {})
// @ts-expect-error an unfinished aggregate
service('x', { parts: [aggregate('X', { events: [], commands: [], id: () => 'x', initial: () => 0 })] })
// @ts-expect-error an aggregate that cannot decide
service('x', { parts: [aggregate('X', { events: [], commands: [], id: () => 'x', initial: () => 0 }).evolve({})] })
// @ts-expect-error an unfinished projection
service('x', { parts: [projection('x', { from: [OrderConfirmed], key: e => e.orderId, row: { id: t.string() } })] })
// @ts-expect-error an unfinished subscription
service('x', { parts: [subscription('x', { from: orderEvents })] })
// @ts-expect-error an event is no part
service('x', { parts: [OrderConfirmed] })
// @ts-expect-error a part is no channel
service('x', { parts: [], publishes: [Order] })
// @ts-expect-error a part is no service
system('x', { services: [Order, inventory] })
