import type { MessageRecord } from '@platformatic/kafka'
import type { PublishOutcome, TopicSpec } from '../../ports/broker.ts'
import type { Cluster } from './cluster.ts'
import { codesOf } from './faults.ts'
import type { Link } from './link.ts'
import { passes, pause } from './patience.ts'
import type { ProducerIdentity, Producers } from './producers.ts'

/** A record that waits to be stored. */
export interface Waiting {
  readonly record: MessageRecord
  readonly bytes: number
  readonly key: string
  settle(outcome: PublishOutcome): void
}

/** What the lanes of all partitions share. */
export interface LaneParts {
  readonly link: Link
  readonly cluster: Cluster
  readonly producers: Producers
  /** How the batches of a channel are packed. */
  compression(channel: string): TopicSpec['compression']
  /** So many records of a channel were stored from an offset on. */
  stored(channel: string, partition: number, first: number, count: number): void
}

/** The records of one call for one partition. */
interface Group {
  /** Keys of which a record was refused. */
  readonly stopped: Set<string>
  left: number
  failed: boolean
  resolve(): void
  reject(error: unknown): void
}

type Queued = Waiting & { readonly group: Group }

const batchBytes = 900 << 10
const batchRecords = 5_000
/** How long a batch is tried before the call is told that it failed; a broker that starts again takes less. */
const patienceMs = 15_000
const allReplicas = -1
const replicaMs = 10_000
const sequences = 2 ** 31

const tooLarge: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])
const invalid: ReadonlySet<string> = new Set(['INVALID_RECORD', 'INVALID_TIMESTAMP'])
const unknownProducer: ReadonlySet<string> = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
])

/** A batch of which the broker has stored nothing and never will, because of one of its records. */
class RefusedBatch extends Error {}

/**
 * The way into one partition: one batch after the other, each until its outcome is known. It counts its batches itself,
 * so that one which is sent twice is stored once.
 */
export class Lane {
  readonly #parts: LaneParts
  readonly #channel: string
  readonly #partition: number
  readonly #queue: Queued[] = []
  #identity: ProducerIdentity | undefined
  #sequence = 0
  #running: Promise<void> | undefined

  constructor(parts: LaneParts, channel: string, partition: number) {
    this.#parts = parts
    this.#channel = channel
    this.#partition = partition
  }

  /** Resolves when every record has its outcome; rejects when that of some is not known. */
  add(waiting: readonly Waiting[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const group: Group = { stopped: new Set(), left: waiting.length, failed: false, resolve, reject }
    for (const each of waiting) this.#queue.push({ ...each, group })
    this.#running ??= this.#run()
    return promise
  }

  /** Resolves when nothing is waiting any more. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // Calls of the same moment share a batch.
    await Promise.resolve()
    while (this.#queue.length > 0) await this.#store(this.#batch())
    this.#running = undefined
  }

  #batch(): Queued[] {
    let bytes = 0
    let count = 0
    while (count < this.#queue.length && count < batchRecords) {
      bytes += this.#queue[count]!.bytes
      if (bytes > batchBytes && count > 0) break
      count++
    }
    return this.#queue.splice(0, count)
  }

  async #store(all: readonly Queued[]): Promise<void> {
    const batch = all.filter((each) => {
      if (each.group.failed) return false
      if (!each.group.stopped.has(each.key)) return true
      settle(each, { kind: 'skipped' })
      return false
    })
    if (batch.length === 0) return
    try {
      const first = await this.#deliver(batch.map(({ record }) => record))
      if (first >= 0) this.#parts.stored(this.#channel, this.#partition, first, batch.length)
      for (const each of batch) settle(each, { kind: 'ok' })
    } catch (error) {
      if (!(error instanceof RefusedBatch)) return fail(batch, error)
      if (batch.length === 1) {
        batch[0]!.group.stopped.add(batch[0]!.key)
        return settle(batch[0]!, { kind: 'refused', reason: error.message })
      }
      const half = batch.length >> 1
      await this.#store(batch.slice(0, half))
      await this.#store(batch.slice(half))
    }
  }

  /** Sends a batch until the broker has said what became of it; answers its first offset, -1 where that is not told. */
  async #deliver(records: MessageRecord[]): Promise<number> {
    const deadline = performance.now() + patienceMs
    let first: number | undefined
    for (let attempt = 1; first === undefined; attempt++) first = await this.#attempt(records, deadline, attempt)
    return first
  }

  /** The first offset of what was stored, -1 where that is not told; undefined when it is to be sent again. */
  async #attempt(records: MessageRecord[], deadline: number, attempt: number): Promise<number | undefined> {
    const { cluster, producers } = this.#parts
    try {
      this.#identity ??= await producers.current(deadline - performance.now())
      return this.#done(records, await this.#send(records, this.#identity))
    } catch (error) {
      const codes = codesOf(error)
      if (codes.has('DUPLICATE_SEQUENCE_NUMBER')) return this.#done(records, -1)
      if (hasAny(codes, tooLarge))
        throw new RefusedBatch('it is larger than the topic takes (max.message.bytes)', { cause: error })
      if (hasAny(codes, invalid)) throw new RefusedBatch(`the broker takes it for invalid: ${[...codes].join()}`)
      const isUnknown = hasAny(codes, unknownProducer)
      const isOver = performance.now() >= deadline || !(isUnknown || passes(error))
      // Behind a batch whose outcome is not known the count is not known either.
      if (isUnknown || isOver) await this.#begin()
      if (isOver) throw error
      cluster.forget(this.#channel)
      if (!isUnknown || attempt > 1) await pause(attempt)
      return undefined
    }
  }

  async #send(records: MessageRecord[], { id, epoch }: ProducerIdentity): Promise<number> {
    const { link, cluster, compression } = this.#parts
    const leader = await cluster.leader(this.#channel, this.#partition)
    const counts = new link.library.NumericMap()
    counts.set(`${cluster.nameOf(this.#channel)}:${this.#partition}`, this.#sequence)
    const answer = await link.call(leader, 'sends', 'produce', allReplicas, replicaMs, records, {
      producerId: id,
      producerEpoch: epoch,
      sequences: counts,
      compression: compression(this.#channel) ?? 'none',
    })
    return typeof answer === 'boolean' ? -1 : Number(answer.responses[0]!.partitionResponses[0]!.baseOffset)
  }

  #done(records: readonly MessageRecord[], first: number): number {
    this.#sequence = (this.#sequence + records.length) % sequences
    return first
  }

  async #begin(): Promise<void> {
    const old = this.#identity
    this.#identity = undefined
    this.#sequence = 0
    if (old !== undefined) await this.#parts.producers.renew(old)
  }
}

function settle({ group, settle: tell }: Queued, outcome: PublishOutcome): void {
  tell(outcome)
  if (--group.left === 0) group.resolve()
}

/** What follows in the same calls is not sent: it would overtake what the caller sends again. */
function fail(batch: readonly Queued[], error: unknown): void {
  for (const { group } of batch) {
    group.failed = true
    group.reject(error)
  }
}

function hasAny(codes: ReadonlySet<string>, wanted: ReadonlySet<string>): boolean {
  return [...codes].some((code) => wanted.has(code))
}
