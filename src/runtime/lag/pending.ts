import { isEventwrightError } from '../../base/errors.ts'
import { mostMailCounted } from '../../design/objectives.ts'
import { isStoreSource, storeSources } from '../../design/sources.ts'
import { capabilitiesOf, type Broker } from '../../ports/broker.ts'
import { bucketOfKey, type NotedMove, type OwnershipRow } from '../../ports/ownership.ts'
import type { SagaMailRow } from '../../ports/sagas.ts'
import type { Store } from '../../ports/store.ts'
import { boundsOf } from '../messages/channel-bounds.ts'
import type { PastMove } from './evaluation.ts'

/** What one bucket of a consumer has not done, and its moves of the past. */
export interface Pending {
  readonly count: number
  /** When the oldest of it came; undefined when there is none, or nobody knows. */
  readonly oldestMs: number | undefined
  readonly moves: readonly PastMove[]
  /** The broker does not answer, so nobody knows. */
  readonly isAway?: true
  /** The instance that waits longest, of a saga or process. */
  readonly oldestId?: string
  /** The moves with how much it had not done before each. */
  counted(): Promise<readonly PastMove[]>
}

/** One consumer with all its buckets. */
export interface ConsumerRows {
  readonly consumer: string
  readonly source: string
  readonly rows: readonly OwnershipRow[]
}

/** At most so much mail and so many timers are counted. */
const mostCounted = mostMailCounted
const mostPages = 20
const pagePositions = 500

const nothing: Pending = { count: 0, oldestMs: undefined, moves: [], counted: async () => [] }

/** What waits in the sources of consumers: one answer for each row, in the order of the rows. */
export async function pendingOf(
  store: Store,
  consumers: readonly ConsumerRows[],
  nowMs: number,
): Promise<ReadonlyMap<OwnershipRow, Pending>> {
  const found = new Map<OwnershipRow, Pending>()
  const logged = consumers.filter(({ source }) => source === storeSources.log).flatMap(({ rows }) => rows)
  await ofLog(store, logged, found)
  const channels: ReadChannel[] = []
  for (const [channel, readers] of Map.groupBy(consumers, ({ source }) => source)) {
    const rows = readers.flatMap((reader) => reader.rows)
    if (channel === storeSources.outbox) await ofOutbox(store, rows, found)
    else if (!isStoreSource(channel)) channels.push({ channel, readers, rows })
  }
  await ofBroker(store.broker, channels, found)
  for (const consumer of consumers) {
    if (consumer.source === storeSources.timers) await ofTimers(store, consumer, nowMs, found)
    if (consumer.source === storeSources.mail) await ofMail(store, consumer, nowMs, found)
  }
  return found
}

/** Whether this source has one order, so that the slowest bucket says how far its consumer is. */
export function hasOneOrder(source: string): boolean {
  return source === storeSources.log || source === storeSources.outbox
}

type Found = Map<OwnershipRow, Pending>

/** Every event has to be passed, also one that is not for the consumer, so the next one is what it stands before. */
async function ofLog({ log }: Store, rows: readonly OwnershipRow[], found: Found): Promise<void> {
  if (rows.length === 0) return
  const head = await log.head(0)
  const behind = rows.filter(({ position }) => position < head)
  const wanted = new Set(behind.flatMap(({ position, noted }) => [position, ...noted.map(({ from }) => from)]))
  const positions = [...wanted].map((position) => position + 1)
  const recorded = new Map<number, number>()
  for (let from = 0; from < positions.length; from += pagePositions) {
    for (const { position, recordedAtMs } of await log.at(positions.slice(from, from + pagePositions)))
      recorded.set(position, recordedAtMs)
  }
  const stampOf = remembered(async (position) => (await log.at([position]))[0]?.recordedAtMs)
  for (const row of rows) {
    const count = Math.max(0, head - row.position)
    const next = async (position: number): Promise<number | undefined> => recorded.get(position + 1)
    found.set(row, await pending(row, count, next, (timeMs) => endAt(timeMs, head, stampOf)))
  }
}

/** Rows that other relays have sent may be gone, so only what is still there counts as work. */
async function ofOutbox({ outbox }: Store, rows: readonly OwnershipRow[], found: Found): Promise<void> {
  const head = await outbox.head()
  const next = remembered(async (position) => (await outbox.after(position, 1))[0]?.recordedAtMs)
  const end = (timeMs: number): Promise<number> => endAt(timeMs, head, (position) => next(position - 1))
  for (const row of rows) {
    const oldestMs = row.position < head ? await next(row.position) : undefined
    found.set(row, oldestMs === undefined ? nothing : await pending(row, head - row.position, next, end))
  }
}

interface ReadChannel {
  readonly channel: string
  readonly readers: readonly ConsumerRows[]
  readonly rows: readonly OwnershipRow[]
}

/** Of a broker that does not answer once nothing more is asked: each question would take its time. */
async function ofBroker(broker: Broker | null, channels: readonly ReadChannel[], found: Found): Promise<void> {
  let answers = true
  for (const read of channels) {
    answers &&= await answered(broker, read, found)
    if (!answers) for (const row of read.rows) found.set(row, { ...nothing, isAway: true })
  }
}

async function answered(
  broker: Broker | null,
  { channel, readers, rows }: ReadChannel,
  found: Found,
): Promise<boolean> {
  try {
    if (await isWaiting(broker, channel)) await ofQueues(broker!, channel, readers, found)
    else await ofChannel(broker, channel, rows, found)
    return true
  } catch (error) {
    if (isEventwrightError(error, 'EW_BROKER_FAILED') || isEventwrightError(error, 'EW_BROKER_DENIED')) return false
    throw error
  }
}

/** A channel that was removed, or that this store does not hold, has nothing that is known to wait. */
async function ofChannel(
  broker: Broker | null,
  channel: string,
  rows: readonly OwnershipRow[],
  found: Found,
): Promise<void> {
  const bounds = broker === null ? [] : await boundsOf(broker, channel)
  const ends = new Map(bounds.map(({ partition, next }) => [partition, next]))
  const countOf = ({ bucket, position }: OwnershipRow): number => Math.max(0, (ends.get(bucket) ?? 0) - position)
  const isEmpty = rows.every((row) => countOf(row) === 0)
  // Whoever joins a group of the broker takes partitions away from those who work.
  const member =
    broker === null || isEmpty || broker.capabilities.assignment !== 'store'
      ? undefined
      : await broker.join(channel, 'lag')
  try {
    for (const row of rows) {
      const next = async (offset: number): Promise<number | undefined> =>
        (await member?.read(row.bucket, offset, 1))?.[0]?.atMs
      const end = async (timeMs: number): Promise<number> => broker!.offsetAt(channel, row.bucket, timeMs)
      found.set(row, await pending(row, countOf(row), next, end))
    }
  } finally {
    await member?.close()
  }
}

/** Whether positions say nothing, and the broker counts what waits. */
async function isWaiting(broker: Broker | null, channel: string): Promise<boolean> {
  if (broker?.waiting === undefined) return false
  try {
    return !(await capabilitiesOf(broker, channel)).replay
  } catch (error) {
    if (isEventwrightError(error, 'EW_CHANNEL_UNKNOWN')) return false
    throw error
  }
}

/** Queues tell how much waits, and for how long as far as it was sent here. */
async function ofQueues(
  broker: Broker,
  channel: string,
  readers: readonly ConsumerRows[],
  found: Found,
): Promise<void> {
  for (const { consumer, rows } of readers) {
    const waiting = await broker.waiting!(channel, consumer)
    for (const row of rows) found.set(row, { ...nothing, ...waiting[row.bucket] })
  }
}

async function ofTimers(store: Store, { consumer, rows }: ConsumerRows, nowMs: number, found: Found): Promise<void> {
  const service = consumer.slice(0, consumer.lastIndexOf('/'))
  const due = await store.timers.due(service, nowMs, mostCounted)
  for (const row of rows)
    found.set(row, due.length === 0 ? nothing : { ...nothing, count: due.length, oldestMs: due[0]!.dueAtMs })
}

/** Mail that instances do not wait for yet is no work, nor is what belongs to an instance that is parked. */
async function ofMail(store: Store, { consumer, rows }: ConsumerRows, nowMs: number, found: Found): Promise<void> {
  const saga = consumer.slice(consumer.indexOf(':') + 1)
  const mail = await unopened(store, saga)
  const due = await store.sagas.due(saga, nowMs, mostCounted)
  const waiting = [
    ...mail.map(({ address, atMs }) => ({ id: address, atMs })),
    ...due.map(({ id, dueAtMs }) => ({ id, atMs: dueAtMs! })),
  ]
  const parked = await store.parked.among(consumer, [...new Set(waiting.map(({ id }) => id))])
  const work = waiting.filter(({ id }) => !parked.has(id)).sort((a, b) => a.atMs - b.atMs)
  const byBucket = Map.groupBy(work, ({ id }) => bucketOfKey(id, rows.length))
  for (const row of rows) {
    const own = byBucket.get(row.bucket) ?? []
    found.set(
      row,
      own.length === 0 ? nothing : { ...nothing, count: own.length, oldestMs: own[0]!.atMs, oldestId: own[0]!.id },
    )
  }
}

/** Mail of the first pages, so that the answer takes its time but no more, however much is awaited. */
async function unopened({ sagas }: Store, saga: string): Promise<readonly SagaMailRow[]> {
  const found: SagaMailRow[] = []
  let after = 0
  for (let pages = 0; pages < mostPages && found.length < mostCounted; pages++) {
    const page = await sagas.mail(saga, after, mostCounted)
    found.push(...page.filter(({ kind }) => kind !== 'awaited'))
    if (page.length < mostCounted) break
    after = page.at(-1)!.seq
  }
  return found
}

/** `next` tells when what stands behind a position came, `end` where the source ended at a time. */
async function pending(
  { position, noted }: OwnershipRow,
  count: number,
  next: (position: number) => Promise<number | undefined>,
  end: (timeMs: number) => Promise<number>,
): Promise<Pending> {
  if (count === 0) return nothing
  const move = async ({ from, sinceMs, atMs }: NotedMove): Promise<PastMove> => {
    return { sinceMs, atMs, oldestMs: await next(from) }
  }
  const moves = await Promise.all(noted.map(move))
  return {
    count,
    oldestMs: await next(position),
    moves,
    counted: () =>
      Promise.all(moves.map(async (each, n) => ({ ...each, pending: (await end(each.atMs)) - noted[n]!.from }))),
  }
}

/** The last position up to `head` that was there at a time, since times hardly ever fall with positions. */
async function endAt(
  timeMs: number,
  head: number,
  stampOf: (position: number) => Promise<number | undefined>,
): Promise<number> {
  let [low, high] = [0, head]
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (((await stampOf(middle)) ?? Infinity) <= timeMs) low = middle
    else high = middle - 1
  }
  return low
}

function remembered<T>(read: (position: number) => Promise<T>): (position: number) => Promise<T> {
  const known = new Map<number, Promise<T>>()
  return (position) => {
    const asked = known.get(position) ?? read(position)
    known.set(position, asked)
    return asked
  }
}
