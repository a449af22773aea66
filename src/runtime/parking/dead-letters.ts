import { failure } from '../../base/errors.ts'
import { newId } from '../../base/ids.ts'
import type { Signal } from '../../base/signal.ts'
import type { Graph } from '../../design/graph.ts'
import type { DeadLetter, ParkedOrder, ParkedPage, ParkedSummary, ParkedTable } from '../../ports/parked.ts'
import { discardedCode } from '../../ports/parked-decision.ts'
import type { Store } from '../../ports/store.ts'
import type { Outcome, Unit } from '../../ports/unit-of-work.ts'
import type { CommitQueue } from '../commits/queue.ts'
import { editedText } from './dead-letter-text.ts'

/** Which dead letters of a consumer are meant. */
export interface DeadLetterChoice {
  readonly consumer: string
  readonly code?: string
  readonly type?: string
  /** Only these: by key the position of the head. A key whose head is another one by now is left alone. */
  readonly only?: ReadonlyMap<string, number>
  /** Breaks it off between two pages; what is done is done. */
  readonly signal?: AbortSignal
  /** Told after every page how many were looked at. */
  readonly onProgress?: (done: number, of: number) => void
}

/** How a replay is asked for. */
export interface ReplayOptions {
  /** Also what was replayed in vain too often through what still runs. */
  readonly force?: boolean
}

/** What became of many. */
export interface ReplayedMany {
  readonly marked: number
  /** Left alone, since they were replayed in vain too often; `force` replays them as well. */
  readonly inVain: number
}

/**
 * What an operator does about dead letters. It is marked in the store, so it does not matter which process is asked;
 * replays are done by the process that owns the consumer. A key that is marked for replay is left alone by everybody
 * else until its owner has come to an end with it, so nothing is lost or done twice; where nobody runs the consumer, an
 * edit or a discard takes the mark back first.
 */
export interface DeadLetterOrders {
  /**
   * Replays a key from its dead letter on, in order, through today's code and upcasters. Errors: EW_PARKED when it is
   * not parked; EW_REPLAY_VAIN when three replays have failed and neither the message nor the handlers have changed
   * since.
   */
  replay(consumer: string, key: string, options?: ReplayOptions): Promise<void>
  /** Replays all of a consumer. Those that were replayed in vain too often are left alone and counted. */
  replayAll(choice: DeadLetterChoice & ReplayOptions): Promise<ReplayedMany>
  /**
   * Puts other data, in its JSON form, into the message; it is checked, and written, as the message is declared today,
   * and the message as it was is kept. Replaying it is another order. Errors: EW_PARKED, EW_REPLAYING, EW_VALIDATION,
   * EW_NOT_EDITABLE for events that a consumer reads from the log.
   */
  edit(consumer: string, key: string, data: unknown, order: ParkedOrder): Promise<void>
  /**
   * Drops the dead letter for good and lets what waits behind it go on, in order. The message stays readable, with who
   * and why. The row of a view that has lost an event so reads `stale` until the view is rebuilt. Errors: EW_PARKED,
   * EW_REPLAYING, EW_VALUE without a reason.
   */
  discard(consumer: string, key: string, order: ParkedOrder): Promise<void>
  /** Discards all of a consumer; those that are being replayed are left alone. Answers how many. */
  discardAll(choice: DeadLetterChoice, order: ParkedOrder): Promise<number>
}

/** A head that was replayed in vain so often is replayed again only by force. */
export const vainReplaysBelow = 3
const pageKeys = 500
const withdrawalMs = 5_000
const summaries = (table: ParkedTable, page: ParkedPage): Promise<readonly ParkedSummary[]> => table.summaries(page)

/** What orders need of a store. */
export interface ParkedStore extends Pick<Store, 'parked' | 'ownership'> {
  /** As patient as a commit queue. */
  commit(unit: Unit): Promise<Outcome>
}

/** A store whose units go through a commit queue. */
export function parkedStore({ parked, ownership }: Store, { commit }: Pick<CommitQueue, 'commit'>): ParkedStore {
  return { parked, ownership, commit }
}

interface Found {
  readonly store: ParkedStore
  readonly table: ParkedTable
  readonly letter: DeadLetter
}

/** Orders over a store and that of live views; `graph` is undefined where no system is at hand to edit by. */
export function deadLetterOrders(
  stores: readonly ParkedStore[],
  graph: Graph | undefined,
  wake: Signal,
): DeadLetterOrders {
  const tables = stores.map(({ parked }) => parked)
  const find = async (consumer: string, key: string): Promise<Found> => {
    for (const store of stores) {
      const letter = await store.parked.get(consumer, key)
      if (letter !== undefined) return { store, table: store.parked, letter }
    }
    throw notParked(consumer, key)
  }
  const idle = async (consumer: string, key: string): Promise<Found> => {
    const found = await find(consumer, key)
    if (found.letter.resuming && !(await withdrawn(found))) throw replaying(consumer, key)
    return found
  }
  return {
    async replay(consumer, key, { force = false } = {}) {
      const { table } = await find(consumer, key)
      const marked = await table.resume(consumer, [key], force ? Infinity : vainReplaysBelow)
      // What was read before may be gone by now.
      if (!marked.has(key)) throw inVain((await find(consumer, key)).letter)
      wake.raise()
    },
    async replayAll({ force = false, ...choice }) {
      let [marked, vain] = [0, 0]
      await eachPage(tables, choice, summaries, async (table, parked) => {
        const keys = parked.map(({ key }) => key)
        const now = await table.resume(choice.consumer, keys, force ? Infinity : vainReplaysBelow)
        marked += now.size
        vain += parked.filter(({ key, vainReplays }) => !now.has(key) && vainReplays >= vainReplaysBelow).length
        wake.raise()
      })
      return { marked, inVain: vain }
    },
    async edit(consumer, key, data, order) {
      refuseEmpty(order)
      const { table, letter } = await idle(consumer, key)
      if (graph === undefined) throw failure('EW_CONFIG', 'An edit needs the system, whose schemas it is checked by.')
      const text = editedText(letter, data, graph)
      if (!(await table.edit(consumer, key, letter.position, text, order))) throw replaying(consumer, key)
    },
    async discard(consumer, key, order) {
      refuseEmpty(order)
      const { table, letter } = await idle(consumer, key)
      const done = await table.discard(consumer, [{ key, position: letter.position }], order)
      if (!done.has(key)) throw replaying(consumer, key)
      wake.raise()
    },
    async discardAll(choice, order) {
      refuseEmpty(order)
      let count = 0
      await eachPage(tables, choice, summaries, async (table, parked) => {
        count += (await table.discard(choice.consumer, parked, order)).size
        wake.raise()
      })
      return count
    },
  }
}

/**
 * Takes the mark of a replay back where nobody holds the bucket: taking it for a moment fences whoever had it before.
 * What a discard has marked stays marked, since its head is gone.
 */
async function withdrawn({ store, letter }: Found): Promise<boolean> {
  const { consumer, source, bucket, key, code } = letter
  if (code === discardedCode) return false
  const held = await store.ownership.claim(consumer, source, newId(), withdrawalMs)
  try {
    const row = held.find((each) => each.bucket === bucket)
    if (row === undefined) return false
    const { epoch, position } = row
    const move = { consumer, source, bucket, epoch, from: position, to: position, ttlMs: withdrawalMs }
    const outcome = await store.commit({ positions: [move], parks: [{ kind: 'unmark', consumer, key }] })
    return outcome.ok
  } finally {
    await store.ownership.release(held)
  }
}

/** Hands the parked keys of a choice over, page by page, and of each as much as is read. */
export async function eachPage<T extends ParkedSummary>(
  tables: readonly ParkedTable[],
  { consumer, code, type, only, signal, onProgress }: DeadLetterChoice,
  read: (table: ParkedTable, page: ParkedPage) => Promise<readonly T[]>,
  work: (table: ParkedTable, parked: readonly T[]) => Promise<void>,
): Promise<void> {
  const filter = { consumer, ...(code !== undefined && { code }), ...(type !== undefined && { type }) }
  for (const table of tables) {
    const of = onProgress === undefined ? 0 : await countOf(table, filter)
    let after: ParkedPage['after']
    for (let done = 0; ;) {
      const page = await read(table, { ...filter, limit: pageKeys, ...(after !== undefined && { after }) })
      const chosen = only === undefined ? page : page.filter(({ key, position }) => only.get(key) === position)
      if (chosen.length > 0) await work(table, chosen)
      done += page.length
      if (done > 0) onProgress?.(done, Math.max(of, done))
      if (page.length < pageKeys || signal?.aborted) break
      after = { consumer, key: page.at(-1)!.key }
    }
  }
}

async function countOf(table: ParkedTable, { consumer, code, type }: Omit<ParkedPage, 'limit'>): Promise<number> {
  const counts = await table.counts(consumer)
  const wanted = counts.filter(
    (each) => (code === undefined || each.code === code) && (type === undefined || each.type === type),
  )
  return wanted.reduce((sum, { count }) => sum + count, 0)
}

function refuseEmpty({ who, why }: ParkedOrder): void {
  if (who.trim() !== '' && why.trim() !== '') return
  throw failure('EW_VALUE', 'What is done to a dead letter needs somebody who does it and a reason.')
}

/** The error for a key at which nothing waits. */
export function notParked(consumer: string, key: string): Error {
  return failure('EW_PARKED', `The key "${key}" of ${consumer} is not parked.`, { details: { consumer, key } })
}

function replaying(consumer: string, key: string): Error {
  return failure('EW_REPLAYING', `The key "${key}" of ${consumer} is being replayed, or about to be.`, {
    details: { consumer, key },
  })
}

function inVain({ consumer, key, vainReplays, code, message }: DeadLetter): Error {
  return failure(
    'EW_REPLAY_VAIN',
    `The dead letter at "${key}" of ${consumer} was replayed ${vainReplays} times in vain (${code}: ${message}), and ` +
      'neither it nor the handlers have changed since.',
    { details: { consumer, key, vainReplays } },
  )
}
