import { command, event, isMessage, t, type CommandMessage, type DataOf, type EventMessage } from 'eventwright'
import { z } from 'zod'
import { CancelOrder, CreateOrder, Money, OrderCancelled, OrderConfirmed, OrderCreated, ReserveStock } from './shop.ts'

export const literals = event('Literals', { kind: t.enum('a', 'b'), at: t.timestamp(), count: t.long() })
export const made: EventMessage<'Literals', { kind: 'a' | 'b', at: string, count: bigint }> =
  literals({ kind: 'a', at: '2026-01-31T09:30:00.000Z', count: 1n }, { occurredAt: '2026-01-31T09:30:00.000Z' })
export const kind: 'a' | 'b' = made.data.kind

// Defaults may be left out by callers and are there for handlers.
export const create: CommandMessage<'CreateOrder', DataOf<typeof CreateOrder>, void, 'order_exists'> =
  CreateOrder({ orderId: 'o', customerId: 'c', items: [] })
export const country: string = create.data.country

// Whole schemas and fields of another library.
export const Whole = event('Whole', z.object({ id: z.string(), n: z.number().default(1) }))
export const whole: number = Whole({ id: 'x' }).data.n
export const Mixed = command('Mixed', { id: t.string(), size: z.enum(['s', 'm']), more: z.string().optional() })
export const mixed: 's' | 'm' = Mixed({ id: 'x', size: 's' }).data.size

// Union events in one shape.
export const Paid = event('Paid', {
  by: t.union('kind', { card: t.record('Card', { digits: t.string() }), cash: t.record('Cash', { till: t.int() }) }),
})
export const paid = Paid({ by: { kind: 'card', digits: '4242' } })

declare const value: unknown
export const type: string = isMessage(value) ? value.type : ''

// @ts-expect-error a field is missing
OrderConfirmed({})
// @ts-expect-error a field has the wrong type
OrderConfirmed({ orderId: 1 })
// @ts-expect-error an unknown field in a literal
OrderConfirmed({ orderId: 'o', nope: 1 })
declare const more: { orderId: string, nope: number }
// @ts-expect-error an unknown field through a variable
OrderConfirmed(more)
// @ts-expect-error an unknown field through a spread
OrderCancelled({ ...more, reason: 'x' })
// @ts-expect-error an unknown field of a command
CancelOrder({ ...more, reason: 'x' })
// @ts-expect-error not one of the values
literals({ kind: 'c', at: '2026-01-31T09:30:00.000Z', count: 1n })
// @ts-expect-error a number where a bigint belongs
literals({ kind: 'a', at: '2026-01-31T09:30:00.000Z', count: 1 })
// @ts-expect-error null where nothing says nullable
OrderConfirmed({ orderId: null })
// @ts-expect-error what the other library refuses
Whole({ id: 1 })
// @ts-expect-error commands have no business time
CancelOrder({ orderId: 'o', reason: 'x' }, { occurredAt: '2026-01-31T09:30:00.000Z' })
// @ts-expect-error the old field of version 1
OrderCreated({ orderId: 'o', customerId: 'c', items: [], totalAmount: '1.000' })
// @ts-expect-error a variant of another tag
Paid({ by: { kind: 'card', till: 1 } })
// @ts-expect-error data is read-only
paid.data = { by: { kind: 'cash', till: 1 } }

// Upcasters: the result must fit the next version.
const v1 = event('V', { id: t.string(), amount: t.decimal(12, 2) })
export const v2 = v1.next({ id: t.string(), price: Money }, ({ amount, ...old }) => ({ ...old, price: { amount, currency: 'GBP' } }))
// @ts-expect-error a field is missing in the result
v1.next({ id: t.string(), price: Money }, old => ({ id: old.id }))
// @ts-expect-error a literal that the next version does not have
v1.next({ id: t.string(), price: Money }, old => ({ id: old.id, price: { amount: old.amount, currency: 'USD' } }))
// @ts-expect-error the previous version has no such field
v1.next({ id: t.string(), name: t.string() }, old => ({ id: old.id, name: old.name }))
// @ts-expect-error commands have one version
CancelOrder.next({ orderId: t.string() }, (old: unknown) => old)
// Upcasters answer what callers may write: defaults need not be there.
export const v3 = v2.next({ id: t.string(), price: Money, note: t.string().default('') }, old => old)
export const note: string = v3({ id: 'x', price: { amount: '1.00', currency: 'EUR' } }).data.note

// @ts-expect-error replies are typed
export const reply: { left: string } = ReserveStock({ sku: 's', quantity: 1 })['~reply']
