import type { Batch, BatchRecord } from './batches.ts'
import type { FetchAnswer, FetchedPartition } from './fetch-answer.ts'
import { codesOf, responseOf } from './faults.ts'
import type { Cluster } from './cluster.ts'
import type { Link } from './link.ts'
import { oldest, offsetsAt } from './offsets.ts'
import { patiently } from './patience.ts'

/** A record as it stands in a partition. */
export interface RawRecord {
  readonly offset: number
  readonly atMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[]
  readonly bytes: number
  /** Why it stands for the records of a batch that cannot be read. */
  readonly fault?: string
}

/** What one or more requests have brought. */
export interface Fetched<Record = RawRecord> {
  readonly records: readonly Record[]
  /** Where the next request goes on. */
  readonly next: number
  /** Whether nothing more was there. */
  readonly atEnd: boolean
  readonly bytes: number
}

/** A partition of a channel. */
export interface FetchPlace {
  readonly channel: string
  readonly partition: number
}

const readCommitted = 1
/** How much a request brings at most, unless one batch alone is larger. */
export const fetchBytes: number = 256 << 10
const patienceMs = 5_000

/** Asks a broker for records of partitions of one channel or of many; waits for some as long as it is told to. */
export function ask(
  link: Link,
  to: Parameters<Link['call']>[0],
  wanted: readonly { readonly name: string; readonly partition: number; readonly from: number }[],
  { waitMs, maxBytes }: { readonly waitMs: number; readonly maxBytes: number },
): Promise<FetchAnswer> {
  const byName = Map.groupBy(wanted, ({ name }) => name)
  const topics = [...byName].map(([topicId, partitions]) => ({
    topicId,
    partitions: partitions.map(({ partition, from }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(from),
      lastFetchedEpoch: -1,
      partitionMaxBytes: maxBytes,
    })),
  }))
  const purpose = waitMs === 0 ? 'calls' : 'polls'
  return link.call(to, purpose, 'fetch', waitMs, 1, maxBytes, readCommitted, 0, -1, topics, [], '')
}

/**
 * The records of a partition from an offset on, or from the oldest that is kept; none when nothing is there now.
 * Error: EW_CHANNEL_UNKNOWN.
 */
export async function fetchFrom(link: Link, cluster: Cluster, place: FetchPlace, from: number): Promise<Fetched> {
  const { channel, partition } = place
  let fetched: Fetched = { records: [], next: from, atEnd: false, bytes: 0 }
  // Whole requests may bring nothing but marks and transactions that were given up.
  while (fetched.records.length === 0 && !fetched.atEnd) fetched = await fetchOnce(link, cluster, place, fetched.next)
  return fetched
}

async function fetchOnce(link: Link, cluster: Cluster, place: FetchPlace, at: number): Promise<Fetched> {
  const { channel, partition } = place
  const answer = await patiently(
    patienceMs,
    () => onePartition(link, cluster, place, at),
    () => cluster.forget(channel),
  )
  if (answer === 'out of range') {
    const first = (await offsetsAt(link, cluster, channel, [partition], oldest)).get(partition)!
    return { records: [], next: Math.max(first, at), atEnd: first <= at, bytes: 0 }
  }
  const batches = answer.records ?? []
  const { records, cut } = committed(batches, answer.abortedTransactions ?? [], at)
  const last = batches.at(-1)
  const behind = last === undefined ? at : Number(last.firstOffset) + last.lastOffsetDelta + 1
  const next = cut ?? behind
  const atEnd = last === undefined || next >= Number(answer.lastStableOffset)
  return { records, next, atEnd, bytes: records.reduce((sum, { bytes }) => sum + bytes, 0) }
}

async function onePartition(
  link: Link,
  cluster: Cluster,
  { channel, partition }: FetchPlace,
  from: number,
): Promise<FetchedPartition | 'out of range'> {
  const wanted = [{ name: cluster.nameOf(channel), partition, from }]
  try {
    const leader = await cluster.leader(channel, partition)
    const answer = await ask(link, leader, wanted, { waitMs: 0, maxBytes: fetchBytes })
    return answer.responses[0]!.partitions[0]!
  } catch (error) {
    if (codesOf(error).has('OFFSET_OUT_OF_RANGE')) return 'out of range'
    throw error
  }
}

/** What came of partitions also when some of them failed. */
export async function partly(asking: Promise<FetchAnswer>): Promise<FetchAnswer> {
  try {
    return await asking
  } catch (error) {
    const answer = responseOf<FetchAnswer>(error)
    if (answer === undefined || !Array.isArray(answer.responses) || answer.responses.length === 0) throw error
    return answer
  }
}

const logAppendTime = 1 << 3
const transactional = 1 << 4
const control = 1 << 5

/** What a record takes beside its bytes, roughly, as long as it is at hand. */
const besidesBytes = 256
/** Packed ones may become a thousand times what was fetched: more than this is left for the next request. */
const enoughBytes = 16 << 20

/**
 * The records of batches from an offset on, without those of transactions that were given up and without marks. `cut`:
 * where to go on before the batches end, since enough was found.
 */
export function committed(
  batches: readonly Batch[],
  aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[],
  from: number,
): { readonly records: readonly RawRecord[]; readonly cut?: number } {
  const coming = aborted.toSorted((one, other) => Number(one.firstOffset - other.firstOffset))
  const givenUp = new Set<bigint>()
  const found: RawRecord[] = []
  let bytes = 0
  for (const batch of batches) {
    const { firstOffset, lastOffsetDelta, attributes, producerId } = batch
    const lastOffset = firstOffset + BigInt(lastOffsetDelta)
    while (coming.length > 0 && coming[0]!.firstOffset <= lastOffset) givenUp.add(coming.shift()!.producerId)
    if ((attributes & control) !== 0) {
      if (endsInAbort(batch)) givenUp.delete(producerId)
      continue
    }
    if ((attributes & transactional) !== 0 && givenUp.has(producerId)) continue
    const base = Number(firstOffset)
    const atMs = (attributes & logAppendTime) === 0 ? undefined : Number(batch.maxTimestamp)
    const firstMs = Number(batch.firstTimestamp)
    for (const record of batch.records) {
      const offset = base + record.offsetDelta
      if (offset < from) continue
      if (bytes > enoughBytes) return { records: found, cut: offset }
      bytes += record.length + besidesBytes
      found.push(rawRecord(record, offset, atMs ?? firstMs + Number(record.timestampDelta)))
    }
  }
  return { records: found }
}

/** Beyond this a number of milliseconds is no time, and some producers write what they like. */
const lastMs = 8_640_000_000_000_000

function rawRecord({ key, value, headers, length, fault }: BatchRecord, offset: number, ms: number): RawRecord {
  const atMs = Math.abs(ms) <= lastMs ? ms : 0
  const own = headers.map(([name, content]) => [kept(name), kept(content)] as const)
  const record = { offset, atMs, key: kept(key), value: kept(value), headers: own, bytes: length + 64 }
  return fault === undefined ? record : { ...record, fault }
}

/** What was unpacked to more is not held for the sake of some records of it. */
const largeBytes = 4 << 20

function kept(bytes: Buffer | null): Buffer | null {
  return bytes !== null && bytes.buffer.byteLength > largeBytes ? Buffer.from(bytes) : bytes
}

function endsInAbort({ records }: Batch): boolean {
  const [mark] = records
  const key = mark?.key
  return key !== undefined && key !== null && key.length >= 4 && key.readInt16BE(2) === 0
}
