import type { Clock } from '../../base/clock.ts'
import { nextTurn } from '../../base/next-turn.ts'
import type { ParkedAction, ParkedCopy, ParkedErasure, ParkedKey } from '../../ports/parked.ts'
import type { Store } from '../../ports/store.ts'
import { erasedMessage } from '../messages/channel-event.ts'

/** What erasing needs. */
export interface ErasureOptions {
  readonly store: Pick<Store, 'log' | 'streams' | 'snapshots' | 'parked' | 'turnMs'>
  readonly clock: Clock
  readonly signal?: AbortSignal
  /** Told after every page of events how many are done. */
  onProgress?(done: number, of: number): void
}

/** What was taken away now; what an earlier attempt has done is not counted, but for events. */
export interface Erased {
  readonly events: number
  readonly snapshots: number
  /** Messages of its events that were parked, or kept when one was edited or discarded. */
  readonly copies: number
}

const pageEvents = 1_000
const pageCopies = 500

/**
 * Takes away what a deleted stream has held, in small transactions. Whatever breaks off is begun anew and does no harm;
 * the last event goes last, so that it tells whether all is done.
 */
export async function eraseStream(stream: string, version: number, options: ErasureOptions): Promise<Erased> {
  const { store, signal, onProgress } = options
  const snapshots = await store.snapshots.forget(stream)
  const copies = (await eraseKept(stream, options)) + (await eraseNoted(stream, options))
  await eraseHeads(stream, options)
  for (let done = 0; done < version; await pause(options)) {
    signal?.throwIfAborted()
    done = await store.streams.erase(stream, done, pageEvents)
    onProgress?.(done, version)
  }
  return { events: version, snapshots, copies }
}

/** Whether nothing is left of what was in a stream that was deleted. */
export async function isErased({ log }: Pick<Store, 'log'>, stream: string): Promise<boolean> {
  const [last] = await log.readStream({ stream, backwards: true, limit: 1 })
  return last === undefined || last.deleted
}

/** Other writers of the same file get their turn, and this process does something else. */
async function pause({ store, clock, signal }: ErasureOptions): Promise<void> {
  const turnMs = store.turnMs()
  await (turnMs > 0 ? clock.sleep(turnMs, signal) : nextTurn())
}

async function eraseKept(stream: string, options: ErasureOptions): Promise<number> {
  const { parked } = options.store
  let count = 0
  let after: ParkedCopy | undefined
  for (;;) {
    options.signal?.throwIfAborted()
    const page = await parked.copies({ limit: pageCopies, ...(after !== undefined && { after }) })
    const messages = page.flatMap((copy) => {
      const raw = erasedMessage(copy.raw, stream)
      return raw === undefined ? [] : [{ ...copy, raw }]
    })
    await eraseSome(options, { messages })
    count += messages.length
    if (page.length < pageCopies) return count
    after = page.at(-1)
    await pause(options)
  }
}

async function eraseNoted(stream: string, options: ErasureOptions): Promise<number> {
  const { parked, log } = options.store
  let count = 0
  let after: number | undefined
  for (;;) {
    options.signal?.throwIfAborted()
    const page = await parked.actions({ limit: pageCopies, ...(after !== undefined && { after }) })
    const ofStream = await idsOf(log, stream, page)
    const actions = page.flatMap((action) => erasedAction(action, stream, ofStream))
    await eraseSome(options, { actions })
    count += actions.filter(({ raw, edited }) => raw !== undefined || edited !== undefined).length
    if (page.length < pageCopies) return count
    after = page.at(-1)!.seq
    await pause(options)
  }
}

function erasedAction(
  { seq, id, raw, edited, message }: ParkedAction,
  stream: string,
  ofStream: ReadonlySet<string>,
): NonNullable<ParkedErasure['actions']> {
  const texts = Object.entries({ raw, edited }).flatMap(([name, text]) => {
    const left = text === undefined ? undefined : erasedMessage(text, stream)
    return left === undefined ? [] : [[name, left] as const]
  })
  const isOfStream = texts.length > 0 || (id !== null && ofStream.has(id) && message !== '')
  if (!isOfStream) return []
  return [
    { seq, ...(raw !== undefined && { raw }), ...(edited !== undefined && { edited }), ...Object.fromEntries(texts) },
  ]
}

/** Why an event could not be handled may say what was in it. */
async function eraseHeads(stream: string, options: ErasureOptions): Promise<void> {
  const { parked, log } = options.store
  let after: ParkedKey | undefined
  for (;;) {
    options.signal?.throwIfAborted()
    const page = await parked.list({ limit: pageCopies, ...(after !== undefined && { after }) })
    const ofStream = await idsOf(log, stream, page)
    await eraseSome(options, { heads: page.filter(({ id }) => id !== null && ofStream.has(id)) })
    if (page.length < pageCopies) return
    after = page.at(-1)
    await pause(options)
  }
}

async function idsOf(
  log: Store['log'],
  stream: string,
  rows: readonly { readonly id: string | null }[],
): Promise<ReadonlySet<string>> {
  const ids = rows.flatMap(({ id }) => id ?? [])
  const places = ids.length === 0 ? [] : await log.places([...new Set(ids)])
  return new Set(places.filter((place) => place.stream === stream).map(({ id }) => id))
}

async function eraseSome({ store }: ErasureOptions, erasure: ParkedErasure): Promise<void> {
  if (Object.values(erasure).some((list) => list.length > 0)) await store.parked.erase(erasure)
}
