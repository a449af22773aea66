import { isStoreSource, storeSources } from '../../design/sources.ts'
import type { OwnershipRow } from '../../ports/ownership.ts'
import type { SagaRow } from '../../ports/sagas.ts'
import type { Store } from '../../ports/store.ts'
import type { Round } from './round.ts'
import { serviceOfRelay } from '../messages/outbox-delivery.ts'

const batch = 500

/** What a service has sent goes once its relay is past it, also when the design has lost the service since. */
export async function trimOutbox({ store, drain }: Round): Promise<void> {
  const relays = (await store.ownership.list()).filter(({ source }) => source === storeSources.outbox)
  for (const [consumer, buckets] of Map.groupBy(relays, (row) => row.consumer)) {
    const service = serviceOfRelay(consumer)
    const slowest = Math.min(...buckets.map(({ position }) => position))
    await drain(batch, (limit) => store.outbox.trim(service, slowest, limit))
  }
}

/** Messages go by the age that their channel names, those that a reader has not read by a greater one. */
export async function trimChannels({ store, keep, nowMs, drain }: Round): Promise<void> {
  const { broker } = store
  if (broker === null) return
  const unread = unreadOf(await store.ownership.list())
  const unreadBeforeMs = Math.max(0, nowMs - keep.unreadMs)
  await drain(batch, (limit) => broker.trim(nowMs, { unread, unreadBeforeMs, limit }))
}

/** Where the slowest reader of each partition stands. */
function unreadOf(rows: readonly OwnershipRow[]): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const unread = new Map<string, Map<number, number>>()
  for (const { source, bucket, position } of rows) {
    if (isStoreSource(source)) continue
    const ofChannel = unread.get(source) ?? new Map<number, number>()
    unread.set(source, ofChannel.set(bucket, Math.min(position, ofChannel.get(bucket) ?? Infinity)))
  }
  return unread
}

/** The rows of the ownership table that are of readers of channels. */
export function readersOf(rows: readonly OwnershipRow[]): readonly OwnershipRow[] {
  return rows.filter(({ source }) => !isStoreSource(source))
}

const instancePage = 200
const pagesOfRound = 10

/**
 * Rows of instances that have ended long ago go. A round walks over a part of them, in the order of their ids, since
 * nothing but their last event says when they have ended.
 */
export function forgetSagas(): (round: Round) => Promise<void> {
  let after = ''
  return async ({ store, keep, nowMs, drain }) => {
    const beforeMs = nowMs - keep.sagasMs
    if (beforeMs === -Infinity) return
    let pages = 0
    await drain(instancePage, async (limit) => {
      if (++pages > pagesOfRound) return 0
      const page = await store.sagas.list({ closed: true, after, limit })
      after = page.length < limit ? '' : page.at(-1)!.id
      const old: string[] = []
      for (const row of page) if (row.startedAtMs < beforeMs && (await endedMs(store, row)) < beforeMs) old.push(row.id)
      if (old.length > 0) await store.sagas.forget(old)
      return page.length
    })
  }
}

async function endedMs({ log }: Store, { id }: SagaRow): Promise<number> {
  const [last] = await log.readStream({ stream: id, backwards: true, limit: 1 })
  return last?.recordedAtMs ?? 0
}
