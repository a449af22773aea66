import { storeSources } from '../../design/sources.ts'
import type { OwnershipRow } from '../../ports/ownership.ts'
import type { Store } from '../../ports/store.ts'
import { capabilitiesOf } from '../../ports/broker.ts'
import { isDeclaredConsumer } from './declared-consumer.ts'
import { readersOf } from './jobs.ts'
import type { Round } from './round.ts'
import { boundsOf } from '../messages/channel-bounds.ts'
import { participantInbox } from '../commands/participant.ts'

const batch = 500

/**
 * Keys go by their age, but only while everything flows. A relay that comes back after a long time may send again what
 * it has sent before, and a reader may find the repeat later still: with the key gone it would be taken for new. So
 * nothing goes until for a quarter of the age nobody was behind by more than that: whatever was sent before is read by
 * then, and what is read from then on was recorded less than half the age ago.
 */
export async function forgetKeys(round: Round): Promise<void> {
  const { store, keep, nowMs, lastMs, notedMs, note, log } = round
  if (keep.keysMs === Infinity) return
  const patienceMs = keep.keysMs / 4
  // While nobody looked, anything may have happened.
  const behind = nowMs - lastMs > patienceMs ? 'housekeeping' : await whoIsBehind(round, nowMs - patienceMs)
  if (behind !== undefined) {
    // Said once, and not in every round in which it is still so.
    if (behind !== 'housekeeping' && notedMs !== lastMs)
      log.warn('keys are kept longer since a consumer is far behind', { consumer: behind })
    return note(nowMs)
  }
  if (nowMs - notedMs < patienceMs) return
  const beforeMs = nowMs - keep.keysMs
  for (const consumer of await store.inbox.consumers()) {
    const cutMs = consumer === participantInbox ? await stepsBeforeMs(round) : beforeMs
    await round.drain(batch, (limit) => store.inbox.purge(consumer, cutMs, limit))
  }
  await forgetMail(round, beforeMs)
}

/**
 * A saga may ask for the reply of a step as long as it is open, and for its undo. Sagas of other stores are not seen
 * here; they have their deadline.
 */
async function stepsBeforeMs({ store, graph, keep, nowMs }: Round): Promise<number> {
  const names = (await store.sagas.names()).filter((name) => !graph.processes.has(name))
  const oldest = await Promise.all(names.map((name) => store.sagas.oldestOpenMs(name)))
  const longestMs = Math.max(0, ...[...graph.sagas.values()].map(({ definition }) => definition.deadlineMs ?? 0))
  return Math.min(nowMs, ...oldest.map((ms) => ms ?? nowMs)) - keep.keysMs - longestMs
}

/**
 * Of mail that was used up the keys are left. Mail that an instance might come to wait for goes when it is older by the
 * age than every instance that is open; whoever begins later does not wait for what happened so long before.
 */
async function forgetMail({ store, graph, keep, nowMs, drain }: Round, usedBeforeMs: number): Promise<void> {
  const waiting = await Promise.all(
    [...graph.sagas.keys()].map(async (saga) => {
      const oldestMs = (await store.sagas.oldestOpenMs(saga)) ?? nowMs
      return { saga, kind: 'awaited', beforeMs: Math.min(nowMs, oldestMs) - keep.keysMs }
    }),
  )
  let after = 0
  await drain(batch, async (limit) => {
    const { next } = await store.sagas.purgeMail({ after, limit, usedBeforeMs, waiting })
    after = next ?? after
    return next === undefined ? 0 : limit
  })
}

/** A consumer that has not done yet what was there before a time; those that nobody runs any more do not count. */
async function whoIsBehind({ store, graph }: Round, beforeMs: number): Promise<string | undefined> {
  const [rows, nowMs] = [await store.ownership.list(), await store.now()]
  const readers = new Set(readersOf(rows))
  for (const row of rows) {
    const isHeld = row.owner !== null && (row.untilMs ?? 0) > nowMs
    if (!isHeld && !isDeclaredConsumer(graph, row.consumer)) continue
    const oldestMs = await (readers.has(row) ? unreadMs(store, row, beforeMs) : unsentMs(store, row))
    if (oldestMs < beforeMs) return row.consumer
  }
  return undefined
}

/** When the oldest thing was recorded that a relay has not sent; Infinity where there is none. */
async function unsentMs({ outbox, log }: Store, { consumer, source, position }: OwnershipRow): Promise<number> {
  if (source === storeSources.outbox) return (await outbox.after(position, 1))[0]?.recordedAtMs ?? Infinity
  if (source !== storeSources.log || !consumer.includes('/relay:')) return Infinity
  const [event] = await log.readLog({ partition: 0, after: position, limit: 1 })
  return event?.recordedAtMs ?? Infinity
}

/** Some time before `beforeMs` when a reader has not read what came then; Infinity otherwise. */
async function unreadMs(
  { broker }: Store,
  { consumer, source, bucket, position }: OwnershipRow,
  beforeMs: number,
): Promise<number> {
  if (broker === null) return Infinity
  // Nobody waits for a channel that was removed.
  const bounds = (await boundsOf(broker, source)).find(({ partition }) => partition === bucket)
  if (bounds === undefined) return Infinity
  if (broker.waiting !== undefined && !(await capabilitiesOf(broker, source)).replay) {
    const { count, oldestMs = beforeMs - 1 } = (await broker.waiting(source, consumer))[bucket]!
    return count === 0 ? Infinity : oldestMs
  }
  if (position >= bounds.next) return Infinity
  const from = Math.max(position, bounds.first)
  return (await broker.offsetAt(source, bucket, beforeMs)) > from ? beforeMs - 1 : Infinity
}
