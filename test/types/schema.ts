// What the types of `t` accept and refuse. Checked by the compiler; nothing here runs.
import { z } from 'zod'
import type {
  Data, DateText, Decimal, Duration, Field, In, InOf, Json, Out, OutOf, Schema, Shape, Timestamp,
} from '../../src/schema/field.ts'
import { compile } from '../../src/schema/compile.ts'
import { t } from '../../src/schema/t.ts'

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends (<X>() => X extends B ? 1 : 2) ? true : false
function holds<_ extends true>(): void {}

const Item = t.record('Item', { sku: t.string(), quantity: t.int(), unitPrice: t.decimal(12, 3) })
type Item = { sku: string, quantity: number, unitPrice: Decimal }
const order = {
  orderId: t.string(), customerId: t.string().pii(), items: t.array(Item), status: t.enum('pending', 'confirmed'),
  note: t.string().optional(), reason: t.string().nullable(), priority: t.int().default(3),
}
type Order = {
  orderId: string, customerId: string, items: readonly Item[], status: 'pending' | 'confirmed', reason: string | null
  priority: number, note?: string
}
type OrderIn = {
  orderId: string, customerId: string, items: readonly Item[], status: 'pending' | 'confirmed', reason: string | null
  priority?: number, note?: string
}

holds<Same<Out<typeof Item>, Item>>()
holds<Same<In<typeof Item>, Item>>()
holds<Same<Out<typeof order>, Order>>()
holds<Same<In<typeof order>, OrderIn>>()
holds<Same<OutOf<Data<typeof order>>, Order>>()
holds<Same<InOf<Data<typeof order>>, OrderIn>>()
// where input and output are the same, the data is the plain type and not a pair
holds<Same<Data<{ a: Field<string> }>, { a: string }>>()

const scalars = {
  long: t.long().min(1n), float: t.float(), double: t.double(), boolean: t.boolean(), bytes: t.bytes(), uuid: t.uuid(),
  timestamp: t.timestamp(), date: t.date(), duration: t.duration(), json: t.json(), one: t.literal('x'),
  nothing: t.literal(null), map: t.map(t.long()),
}
holds<Same<Out<typeof scalars>, {
  long: bigint, float: number, double: number, boolean: boolean, bytes: Uint8Array, uuid: string, timestamp: Timestamp
  date: DateText, duration: Duration, json: Json, one: 'x', nothing: null, map: { readonly [key: string]: bigint }
}>>()

// constraints keep the kind, so that they chain in any order with what every field has
holds<Same<Out<{ a: ReturnType<typeof chained> }>, { a: string }>>()
function chained() {
  return t.string().pii().min(1).describe('d').max(9).alias('b').pattern(/x/).number(4).length(3)
}

const Payment = t.union('kind', { card: t.record('Card', { last4: t.string() }), cash: t.record('Cash', {}) })
type Payment = Out<typeof Payment>
holds<Same<Payment, { kind: 'card', last4: string } | { kind: 'cash' }>>()
export function last4(payment: Payment): string {
  // @ts-expect-error only a card has it
  void payment.last4
  return payment.kind === 'card' ? payment.last4 : ''
}

// schemas of other libraries
const Zod = z.object({ id: z.string(), tags: z.array(z.string()).default([]) })
holds<Same<Out<typeof Zod>, { id: string, tags: string[] }>>()
holds<Same<In<typeof Zod>, { id: string, tags?: string[] | undefined }>>()
const withZod = { mail: z.email(), list: t.array(Zod) }
holds<Same<Out<typeof withZod>, { mail: string, list: readonly { id: string, tags: string[] }[] }>>()

// a literal survives where it is written
export const status: Out<typeof order>['status'] = 'pending'
// @ts-expect-error not one of the values
export const wrongStatus: Out<typeof order>['status'] = 'open'

const result = compile(order).parse({})
if (result.ok) holds<Same<typeof result.value, Order>>()
// @ts-expect-error no value without asking whether there is one
void result.value

// input: defaults and optional fields may be left out, the rest may not
export const least: In<typeof order> = { orderId: 'o', customerId: 'c', items: [], status: 'pending', reason: null }
// @ts-expect-error reason is nullable, not optional
export const missing: In<typeof order> = { orderId: 'o', customerId: 'c', items: [], status: 'pending' }
// @ts-expect-error a default makes the input optional, the output has it always
export const noDefault: Out<typeof order> = least
// @ts-expect-error an unknown field
export const unknown: In<typeof order> = { ...least, costumerId: 'c' }
// @ts-expect-error an int is a number
export const int: In<{ a: ReturnType<typeof t.int> }> = { a: '1' }
// @ts-expect-error a long is a bigint
export const long: In<{ a: ReturnType<typeof t.long> }> = { a: 1 }
// @ts-expect-error a decimal is text
export const decimal: In<{ a: ReturnType<typeof t.decimal> }> = { a: 1.5 }
// @ts-expect-error a duration has a unit
export const duration: In<{ a: ReturnType<typeof t.duration> }> = { a: '5' }
// @ts-expect-error bytes are no text
export const bytes: In<{ a: ReturnType<typeof t.bytes> }> = { a: 'AP8=' }

declare const items: Out<typeof order>['items']
// @ts-expect-error data is frozen: lists have no push
items.push({ sku: 'a', quantity: 1, unitPrice: '1' })

// constraints exist only where they mean something
// @ts-expect-error a boolean has no least value
t.boolean().min(1)
// @ts-expect-error a uuid has no length
t.uuid().length(3)
// @ts-expect-error an int has no pattern
t.int().pattern(/1/)
// @ts-expect-error a string has no unique
t.string().unique()
// @ts-expect-error a map has no exact length
t.map(t.int()).length(3)
// @ts-expect-error the bound of a long is a bigint
t.long().min(1)
// @ts-expect-error the bound of a decimal is text
t.decimal(5, 2).max(1)
// @ts-expect-error the bound of a length is a number
t.string().min('1')
// @ts-expect-error constraints come before the default that is checked against them
t.int().default(1).min(0)
// @ts-expect-error constraints come before nullable
t.string().nullable().max(3)

// @ts-expect-error the default of an int is a number
t.int().default('1')
// @ts-expect-error the default of an enum is one of its values
t.enum('a', 'b').default('c')
// @ts-expect-error a default is a value
t.int().optional().default(undefined)
// @ts-expect-error values of an enum are texts
t.enum(1, 2)
// @ts-expect-error a literal is a scalar
t.literal({})
// @ts-expect-error a decimal has a precision and a scale
t.decimal(12)
// @ts-expect-error a record has a name
t.record({ sku: t.string() })
// @ts-expect-error members of a record are schemas
t.record('Item', { sku: 'string' })
// @ts-expect-error what an array holds is a schema: a record has a name, a field map has none
t.array({ sku: t.string() })
// @ts-expect-error variants are records
t.union('kind', { a: t.int() })
// @ts-expect-error variants may not be optional
t.union('kind', { a: t.record('A', {}).optional() })
// @ts-expect-error a pattern is an expression
t.string().pattern('x')
// @ts-expect-error a Protobuf number is a number
t.int().number('3')

// @ts-expect-error a shape is a schema or a map of schemas
export const noShape: Shape = { a: 1 }
// @ts-expect-error a schema speaks Standard Schema
export const noSchema: Schema = { parse: () => 1 }
// @ts-expect-error fields are frozen
Item.node.name = 'Other'
// @ts-expect-error fields are told apart by what they hold
export const otherField: Field<number> = t.string()
