import { isEventwrightError } from 'eventwright'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Shop } from '../open.ts'
import { ImportCreditNote, ImportSale } from '../shop/history.ts'
import type { Invoice } from './import-rule.ts'

const patienceMs = 120_000
const longestPauseMs = 2_000

/**
 * Takes one invoice over into the shop; answers whether it is new there. Repeating it changes nothing: the shop itself
 * refuses a known order or credit note. While the store is busy it tries again, for up to two minutes.
 */
export async function takeOver(shop: Shop, invoice: Invoice, signal: AbortSignal): Promise<boolean> {
  const { kind, number, customerId = 'guest', country, items, occurredAt } = invoice
  const details = { customerId, country, items, occurredAt }
  const command =
    kind === 'sale'
      ? ImportSale({ orderId: `invoice-${number}`, ...details })
      : ImportCreditNote({ creditNoteId: `credit-${number}`, ...details })
  const giveUp = performance.now() + patienceMs
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      const { ok } = await shop.attempt(command, { signal, correlationId: `import-${number}` })
      return ok
    } catch (error) {
      if (!isEventwrightError(error) || !error.retryable || performance.now() > giveUp) throw error
      await sleep(pauseMs, undefined, { signal })
    }
  }
}
