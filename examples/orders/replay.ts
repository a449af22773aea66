import { setTimeout as sleep } from 'node:timers/promises'
import type { Replay } from './http/live-feed.ts'
import type { Found, Invoice } from './importer/import-rule.ts'
import { InvoiceFile } from './importer/read-invoices.ts'
import { takeOver, type History } from './importer/take-over.ts'

/** How fast history passes: a multiple of real time, or `watchable`: fast, with short pauses at most. */
export type Speed = number | 'watchable'

const watchableSpeed = 120
const [shortestMs, longestMs] = [400, 3_000]

/**
 * Replays a small file at a speed at which a person sees it. Invoices that the shop has already are
 * passed over without a pause, so a replay goes on where an earlier one ended. Says how far it is after each invoice,
 * and answers what was in the file; nothing at speed 0, at which nothing is replayed.
 */
export async function replay(
  history: History,
  path: string,
  speed: Speed,
  signal: AbortSignal,
  tell: (state: Replay) => void,
): Promise<readonly Found[] | undefined> {
  if (speed === 0) return undefined
  const found: Found[] = []
  for await (const each of (await InvoiceFile.open(path)).found()) found.push(each)
  const invoices = found.filter((each): each is Invoice => each.kind !== 'rejected')
  let before: string | undefined
  for (const [done, invoice] of invoices.entries()) {
    tell({ done, of: invoices.length, state: 'running' })
    if (await history.knows(invoice)) continue
    if (before !== undefined) await sleep(pauseMs(before, invoice.occurredAt, speed), undefined, { signal })
    await takeOver(history, invoice)
    before = invoice.occurredAt
  }
  tell({ done: invoices.length, of: invoices.length, state: 'done' })
  return found
}

function pauseMs(before: string, after: string, speed: Speed): number {
  const passedMs = Math.max(0, Date.parse(after) - Date.parse(before))
  if (speed !== 'watchable') return passedMs / speed
  return Math.min(longestMs, Math.max(shortestMs, passedMs / watchableSpeed))
}
