import { isEventwrightError } from 'eventwright'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Shop } from '../open.ts'
import { TakeOverGoods } from '../shop/inventory/take-over.ts'
import { ImportCreditNote, ImportSale } from '../shop/orders/history.ts'
import type { Invoice } from './import-rule.ts'

/** What can be told of an invoice of the past; each may be told again, which changes nothing. */
export interface History {
  /** Whether the sale is an order already. */
  knows(invoice: Invoice): Promise<boolean>
  /** Takes over the goods of a sale, so that it always finds its stock. */
  goods(invoice: Invoice): Promise<void>
  /** Takes over the sale or credit note itself; answers whether it is new. */
  invoice(invoice: Invoice): Promise<boolean>
}

/** Takes one invoice over; answers whether it is new. */
export async function takeOver(history: History, invoice: Invoice): Promise<boolean> {
  // Goods first; they are known when this was broken off between the two.
  if (invoice.kind === 'sale') await history.goods(invoice)
  return history.invoice(invoice)
}

const patienceMs = 120_000
const longestPauseMs = 2_000

/** Tells a running shop. While the store is busy it tries again, for up to two minutes. */
export function historyOf(shop: Shop, signal: AbortSignal): History {
  const options = ({ number }: Invoice) => ({ signal, correlationId: `import-${number}` })
  return {
    knows: async ({ kind, number }) =>
      kind === 'sale' && (await shop.views.orders.get(orderIdOf(number))) !== undefined,
    goods: async (invoice) => {
      const { number, items, occurredAt } = invoice
      const command = TakeOverGoods({ orderId: orderIdOf(number), items, occurredAt })
      await patiently(signal, () => shop.attempt(command, options(invoice)))
    },
    invoice: async (invoice) => {
      const { kind, number, customerId = 'guest', country, items, occurredAt } = invoice
      const details = { customerId, country, items, occurredAt }
      const command =
        kind === 'sale'
          ? ImportSale({ orderId: orderIdOf(number), ...details })
          : ImportCreditNote({ creditNoteId: `credit-${number}`, ...details })
      return (await patiently(signal, () => shop.attempt(command, options(invoice)))).ok
    },
  }
}

/** The order that a sale becomes. */
export function orderIdOf(invoiceNumber: string): string {
  return `invoice-${invoiceNumber}`
}

async function patiently<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const giveUp = performance.now() + patienceMs
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await work()
    } catch (error) {
      if (!isEventwrightError(error) || !error.retryable || performance.now() > giveUp) throw error
      await sleep(pauseMs, undefined, { signal })
    }
  }
}
