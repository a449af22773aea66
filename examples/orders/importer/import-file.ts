import { setTimeout as sleep } from 'node:timers/promises'
import { everyRow } from '../every-row.ts'
import { OrderNews } from '../order-news.ts'
import type { Shop } from '../open.ts'
import type { RejectedLine } from './import-rule.ts'
import { InFlight } from './in-flight.ts'
import type { InvoiceFile } from './read-invoices.ts'
import { historyOf, orderIdOf, takeOver } from './take-over.ts'

/** What a file holds, and what an import has added. */
export interface ImportSummary {
  readonly orders: number
  readonly creditNotes: number
  readonly rejectedLines: number
  /** Orders and credit notes that were not there before. */
  readonly new: number
  readonly durationMs: number
}

/** Orders of the file stay undecided although everybody has caught up. */
export class Undecided extends Error {
  readonly code = 'undecided'
}

/** What an import says on its way. */
export interface ImportWatcher {
  progress(state: {
    readonly phase: 'reading' | 'deciding'
    readonly read: number
    readonly size: number
    readonly invoices: number
  }): void
  rejected(line: RejectedLine): void
}

const prefix = orderIdOf('')
const invoicesInFlight = 64
/** By then an order is decided, or nobody works here; how it ended is seen at the end. */
const decisionMs = 30_000
const lookAgainMs = 2_000
const patienceMs = 60_000

/**
 * Takes a file over and waits until every order of it is decided and the views have caught up. Holds a bounded number
 * of undecided orders at a time, so that none of them waits too long for its payment. It may be killed at any moment
 * and run again: what is there already stays as it is.
 */
export async function importFile(
  shop: Shop,
  file: InvoiceFile,
  watcher: ImportWatcher,
  signal: AbortSignal,
): Promise<ImportSummary> {
  const started = performance.now()
  const counts: Counts = { orders: 0, creditNotes: 0, rejectedLines: 0, new: 0 }
  const progress = (phase: 'reading' | 'deciding'): void =>
    watcher.progress({ phase, read: file.read, size: file.size, invoices: counts.orders + counts.creditNotes })
  const done = new AbortController()
  const news = new OrderNews(shop, AbortSignal.any([signal, done.signal]))
  try {
    await takeAllOver({ shop, news, watcher, signal }, file, counts, () => progress('reading'))
  } finally {
    done.abort()
  }
  await settle(shop, file, () => progress('deciding'), signal)
  return { ...counts, durationMs: Math.round(performance.now() - started) }
}

type Counts = { -readonly [K in Exclude<keyof ImportSummary, 'durationMs'>]: number }

interface Importing {
  readonly shop: Shop
  readonly news: OrderNews
  readonly watcher: ImportWatcher
  readonly signal: AbortSignal
}

async function takeAllOver(
  { shop, news, watcher, signal }: Importing,
  file: InvoiceFile,
  counts: Counts,
  progress: () => void,
): Promise<void> {
  const history = historyOf(shop, signal)
  const inFlight = new InFlight(invoicesInFlight)
  for await (const found of file.found()) {
    signal.throwIfAborted()
    if (found.kind === 'rejected') {
      counts.rejectedLines++
      watcher.rejected(found)
      continue
    }
    found.kind === 'sale' ? counts.orders++ : counts.creditNotes++
    await inFlight.add(async () => {
      if (await takeOver(history, found)) counts.new++
      if (found.kind === 'sale') await news.decided(orderIdOf(found.number), decisionMs, signal)
    })
    progress()
  }
  await inFlight.all()
}

/** Waits until no order of the file is pending and all views show it. Errors: `Undecided`. */
async function settle(shop: Shop, file: InvoiceFile, progress: () => void, signal: AbortSignal): Promise<void> {
  let giveUp = Infinity
  for (;;) {
    progress()
    // The consumers may belong to another process, which may be slow or about to lose them.
    const isQuiet = await shop.caughtUp({ timeoutMs: lookAgainMs, signal })
    signal.throwIfAborted()
    if (!isQuiet) continue
    const pending = await everyRow(shop.views.orders, { status: 'pending' })
    const open = pending.find(({ orderId }) => orderId.startsWith(prefix) && file.holds(orderId.slice(prefix.length)))
    if (open === undefined) return
    giveUp = Math.min(giveUp, performance.now() + patienceMs)
    if (performance.now() > giveUp)
      throw new Undecided(`${open.orderId} and maybe others are still pending; look for parked keys.`)
    await sleep(200, undefined, { signal })
  }
}
