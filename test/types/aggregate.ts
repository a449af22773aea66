import { aggregate, event, reject, reply, t } from 'eventwright'
import { CancelOrder, ConfirmOrder, CreateOrder, OrderCancelled, OrderConfirmed, ReserveStock, StockReserved } from './shop.ts'

interface State { readonly status: 'open' | 'closed', readonly count: number }
const initial = (): State => ({ status: 'open', count: 0 })
const head = aggregate('A', { events: [OrderConfirmed, OrderCancelled], commands: [ConfirmOrder, CancelOrder], id: c => c.orderId, initial })
const evolved = head.evolve({ OrderConfirmed: s => ({ ...s, status: 'closed' }), OrderCancelled: s => s })

// Both forms of state infer.
export const plain = aggregate('P', { events: [StockReserved], commands: [], id: () => 'x', initial: () => ({ n: 0 }) })
  .evolve({ StockReserved: (s, e) => ({ n: s.n + e.quantity }) }).decide({})

// @ts-expect-error a handler of evolve is missing
head.evolve({ OrderConfirmed: s => s })
// @ts-expect-error an event that is not in the list
head.evolve({ OrderConfirmed: s => s, OrderCancelled: s => s, StockReserved: s => s })
// @ts-expect-error a literal outside the state
head.evolve({ OrderConfirmed: s => ({ ...s, status: 'shut' }), OrderCancelled: s => s })
// @ts-expect-error a part of the state is missing
head.evolve({ OrderConfirmed: () => ({ status: 'open' }), OrderCancelled: s => s })
// @ts-expect-error the event has no such field
head.evolve({ OrderConfirmed: (s, e) => ({ ...s, count: e.total }), OrderCancelled: s => s })

// @ts-expect-error a handler of decide is missing
evolved.decide({ ConfirmOrder: () => [] })
// @ts-expect-error a command that is not in the list
evolved.decide({ ConfirmOrder: () => [], CancelOrder: () => [], CreateOrder: () => [] })
// @ts-expect-error a refusal that the command does not declare
evolved.decide({ ConfirmOrder: () => reject('typo'), CancelOrder: () => [] })
// @ts-expect-error a refusal of another command
evolved.decide({ ConfirmOrder: () => [], CancelOrder: () => reject('too_late') })
// @ts-expect-error an event that the aggregate does not declare
evolved.decide({ ConfirmOrder: () => StockReserved({ sku: 's', quantity: 1 }), CancelOrder: () => [] })
// @ts-expect-error a command where an event belongs
evolved.decide({ ConfirmOrder: c => ConfirmOrder(c), CancelOrder: () => [] })
// @ts-expect-error an object that only looks like an event
evolved.decide({ ConfirmOrder: c => ({ kind: 'event', type: 'OrderConfirmed', data: c }), CancelOrder: () => [] })
// @ts-expect-error a reply that the command does not declare
evolved.decide({ ConfirmOrder: c => reply({ left: 1 }, OrderConfirmed(c)), CancelOrder: () => [] })
// @ts-expect-error a decision is synchronous
evolved.decide({ ConfirmOrder: async () => [], CancelOrder: () => [] })

const stock = aggregate('S', { events: [StockReserved], commands: [ReserveStock], id: c => c.sku, initial }).evolve({ StockReserved: s => s })
// @ts-expect-error the declared reply is missing
stock.decide({ ReserveStock: c => StockReserved(c) })
// @ts-expect-error the reply has another form
stock.decide({ ReserveStock: c => reply({ left: 'one' }, StockReserved(c)) })
// @ts-expect-error an undeclared event beside the reply
stock.decide({ ReserveStock: () => reply({ left: 1 }, OrderConfirmed({ orderId: 'o' })) })

// @ts-expect-error not every command has the field
aggregate('B', { events: [], commands: [ConfirmOrder, ReserveStock], id: c => c.orderId, initial })
// @ts-expect-error an event among the commands
aggregate('C', { events: [OrderConfirmed], commands: [OrderConfirmed], id: c => c.orderId, initial })
// @ts-expect-error a command among the events
aggregate('D', { events: [CreateOrder], commands: [], id: () => 'x', initial })

// The schema of a snapshot must be that of the state.
const Opened = event('Opened', { id: t.string() })
export const snapped = aggregate('E', {
  events: [Opened], commands: [], id: () => 'x', initial,
  snapshot: { every: 100, version: 1, state: { status: t.enum('open', 'closed'), count: t.int() } },
})
aggregate('F', {
  events: [Opened], commands: [], id: () => 'x', initial,
  // @ts-expect-error a part of the state is missing in the schema
  snapshot: { every: 100, version: 1, state: { count: t.int() } },
})
aggregate('G', {
  events: [Opened], commands: [], id: () => 'x', initial,
  // @ts-expect-error a part of the state has another type
  snapshot: { every: 100, version: 1, state: { status: t.enum('open', 'closed'), count: t.string() } },
})
