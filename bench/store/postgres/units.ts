import { aggregate, command, event, handle, service, system, t } from 'eventwright'

const streams = 3_000
const streamsOfUnit = 10

const item = { sku: t.string(), orderId: t.string(), quantity: t.int() }

const Taken = event('Taken', item)
/** Takes the items of an order out of the stock, each in a stream of its own, all or none. */
export const TakeAll = command('TakeAll', { items: t.array(t.record('Item', item)) })

const Stock = aggregate('Stock', { events: [Taken], commands: [], id: () => '', initial: () => 0 })
  .evolve({ Taken: (n) => n + 1 })
  .decide({})

const takingAll = handle(TakeAll, async ({ items }, { append }) => {
  for (const each of items) append(Stock, each.sku, Taken(each))
})

/** Stock and the command, with nothing that follows it. */
export const stock = system('stock', { services: [service('stock', { parts: [Stock, takingAll], owner: 'bench' })] })

/** The items of the n-th order: ten of 3,000 streams, which meet other streams in every order. */
export function itemsOf(
  n: number,
): readonly { readonly sku: string; readonly orderId: string; readonly quantity: number }[] {
  const orderId = `order-${String(n).padStart(7, '0')}`
  return Array.from({ length: streamsOfUnit }, (_, k) => {
    const no = (n * 7 + k * (211 + (n % 89))) % streams
    return { sku: `sku-${String(no).padStart(4, '0')}`, orderId, quantity: 1 + ((n + k) % 12) }
  })
}
