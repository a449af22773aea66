import type { RegistryAdapter } from 'eventwright'
import { schemaRegistry } from 'eventwright/schema-registry'
import { OrderPlaced } from '../store/orders.ts'
import type { Measured, Variant } from '../variant.ts'
import { cpuUs } from './course.ts'
import { parcel, parcelChannel } from './parcels.ts'

/** Which format, and where its schema is kept. */
export interface CodecOptions {
  readonly format: 'avro' | 'protobuf'
  readonly registry: string
}

/** What a lock file would have. */
const numbers = {
  OrderPlaced: {
    'country: string': 3,
    'customerId: string': 2,
    'items: repeated Item': 4,
    'orderId: string': 1,
    'total: string': 5,
  },
  'OrderPlaced.Item': { 'quantity: int32': 2, 'sku: string': 1, 'unitPrice: string': 3 },
}

/** Orders as they are written and read. */
export const orders = Array.from({ length: 1_000 }, (_, n) => parcel(n))

/** Our codec, with the schema in the registry. */
export function codecOf({ format, registry }: CodecOptions): ReturnType<RegistryAdapter['open']> {
  const versions = OrderPlaced.versions.map(({ node }) => node)
  const messages = [{ kind: 'event', type: OrderPlaced.type, service: 'orders', versions }] as const
  const subjects = ({ channel }: { readonly channel: string }): string => `ew-bench-${format}-${channel}`
  return schemaRegistry(registry, { subjects, autoRegister: true }).open(
    [{ channel: parcelChannel.name, format, written: true, messages }],
    { numbers },
  )
}

/** Writes orders and reads them again. */
export async function open(_: string, options: CodecOptions): Promise<Variant> {
  const codec = await codecOf(options)
  for (const order of orders.slice(0, 10)) {
    const { value } = await codec.decode(await codec.encode(order))
    if (!sameJson(value, order.value)) throw new Error(`${order.value} came back as ${value}.`)
  }
  let n = 0
  return {
    measure: (forMs) =>
      turns(forMs, async () => {
        for (let count = 0; count < turn; count++) await codec.decode(await codec.encode(orders[n++ % orders.length]!))
      }),
    async close() {},
  }
}

function sameJson(one: string, other: string): boolean {
  const sorted = (text: string): string =>
    JSON.stringify(JSON.parse(text), (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    )
  return sorted(one) === sorted(other)
}

/** How many messages are written and read between two looks at the time. */
export const turn = 500

/** How many messages a second, when each piece of work is a turn. */
export async function turns(forMs: number, work: () => unknown): Promise<Measured> {
  const [begun, begunUs] = [performance.now(), cpuUs()]
  let messages = 0
  for (; performance.now() < begun + forMs; messages += turn) await work()
  return {
    value: (messages * 1000) / (performance.now() - begun),
    details: { cpuUs: (cpuUs() - begunUs) / messages },
  }
}
