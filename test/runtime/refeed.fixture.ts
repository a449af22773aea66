import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import {
  aggregate,
  channel,
  command,
  event,
  projection,
  service,
  system,
  t,
  type AnyProjection,
  type MessageFormat,
} from 'eventwright'
import { isEventwrightError } from '../../src/base/errors.ts'
import { all, type RunningOf } from './running.fixture.ts'

export const Counted = event('Counted', { itemId: t.string().number(1), by: t.int().number(2) })
export const Closed = event('Closed', { itemId: t.string().number(1) })

export const Count = command('Count', { itemId: t.string(), by: t.int() })
export const Close = command('Close', { itemId: t.string() })

export const Item = aggregate('Item', {
  events: [Counted, Closed],
  commands: [Count, Close],
  id: (c) => c.itemId,
  initial: () => 0,
})
  .evolve({ Counted: (s) => s + 1, Closed: (s) => s + 1 })
  .decide({ Count: (c) => Counted(c), Close: (c) => Closed(c) })

const stockIn = (format: MessageFormat) =>
  channel('stock', { carries: [Counted, Closed], key: 'itemId', retention: '1h', format })

/** So short that a test can let it pass; brokers that delete in their own time are told to. */
export const stockEvents = stockIn('json')

/** What was counted of each item, and in which order: that tells every event that is missing or there twice. */
export const stockView = (version = 1, alter: (sum: number) => number = (sum) => sum) =>
  projection('stock', {
    from: [Counted, Closed],
    key: (e) => e.itemId,
    row: { sum: t.int(), events: t.int(), course: t.string() },
    index: ['sum'],
    version,
  }).on({
    Counted: (row, e) => ({
      sum: (row?.sum ?? 0) + alter(e.by),
      events: (row?.events ?? 0) + 1,
      course: `${row?.course ?? ''},${e.by}`,
    }),
    Closed: () => undefined,
  })

export const Stock = stockView()

/** One service counts, the other one shows what was counted. */
export const counting = <P extends AnyProjection>(view: P, format: MessageFormat = 'json') =>
  system('counting', {
    services: [
      service('counter', { parts: [Item], publishes: [format === 'json' ? stockEvents : stockIn(format)] }),
      service('shown', { parts: [view] }),
    ],
  })

export type Counting = ReturnType<typeof counting<typeof Stock>>

/** The rows that a replay of the log of the owner gives, by key. */
export async function replayed(owner: Pick<RunningOf<Counting>, 'events'>): Promise<Readonly<Record<string, unknown>>> {
  const rows = new Map<string, { sum: number; events: number; course: string }>()
  for (const { type, data } of await all(owner.events.log())) {
    const { itemId, by } = data as { itemId: string; by: number }
    const row = rows.get(itemId) ?? { sum: 0, events: 0, course: '' }
    if (type === 'Closed') rows.delete(itemId)
    else rows.set(itemId, { sum: row.sum + by, events: row.events + 1, course: `${row.course},${by}` })
  }
  return Object.fromEntries(rows)
}

/** Every row of a view by key. */
export async function shown(reader: Pick<RunningOf<Counting>, 'views'>, keys: readonly string[]) {
  const rows = await Promise.all(keys.map(async (key) => [key, await reader.views.stock.get(key)] as const))
  return Object.fromEntries(rows.filter(([, row]) => row !== undefined))
}

/** The same, undefined for a view that is not built: a start gives up waiting when an owner is silent for seconds. */
export async function shownIfBuilt(reader: Pick<RunningOf<Counting>, 'views'>, keys: readonly string[]) {
  try {
    return await shown(reader, keys)
  } catch (error) {
    if (isEventwrightError(error, 'EW_VIEW_WAITING')) return undefined
    throw error
  }
}

/** The end of a start that was broken off, or that had given up waiting by then and runs. */
export async function brokenOff(starting: Promise<{ stop(): Promise<void> }>, reason: RegExp): Promise<void> {
  const open = await starting.catch((error: Error) => void assert.match(error.message, reason))
  await open?.stop()
}

/** Whether a view has what a replay gives, no less and no more. */
export async function isEqual(
  reader: Pick<RunningOf<Counting>, 'views'>,
  owner: Pick<RunningOf<Counting>, 'events'>,
  keys: readonly string[],
): Promise<boolean> {
  return isDeepStrictEqual(await shownIfBuilt(reader, keys), await replayed(owner))
}
