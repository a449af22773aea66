import type { Clock } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import { streamHash } from '../../base/hash.ts'
import { newId } from '../../base/ids.ts'
import { streamName } from '../../base/stream-name.ts'
import type { AnyAggregate } from '../../design/aggregate.ts'
import { checkedEvents } from '../../design/decision.ts'
import type { EventMessage } from '../../design/message.ts'
import type { OutboxMessage } from '../../ports/outbox.ts'
import type { NewEvent } from '../../ports/stored-event.ts'
import type { Append, Statement, Unit } from '../../ports/unit-of-work.ts'
import { encodeEvent, encodeOrigin, type Origin } from '../log/event-encoding.ts'
import { PendingMeta } from '../views/inline-meta.ts'
import type { Folded, Repository } from './repository.ts'
import type { TimerOrder } from '../timers/schedule.ts'

/** An event that a handler has recorded and that nobody has committed yet. */
export interface PendingEvent {
  readonly message: EventMessage
  readonly encoded: NewEvent
  readonly meta: PendingMeta
}

/** A stream that the work has read, with what it wants to append. */
export interface WorkingStream {
  readonly base: Folded
  readonly pending: readonly PendingEvent[]
  /** The state with the pending events applied. */
  readonly state: unknown
}

/** A stream that gets events without having been read. */
interface UnreadStream {
  readonly aggregate: AnyAggregate
  readonly id: string
  readonly stream: string
  readonly pending: PendingEvent[]
}

/**
 * What one handler records: the streams that it has read, each at an exact version, the events for them, and SQL.
 * Nothing is written before `unit()` is committed; a second attempt begins with a new one.
 */
export class UnitOfWork {
  readonly #repository: Repository
  readonly #clock: Clock
  readonly #origin: Origin
  readonly #meta: string
  readonly #streams = new Map<string, { base: Folded; pending: PendingEvent[]; state: unknown }>()
  readonly #unread = new Map<string, UnreadStream>()
  readonly #statements: Statement[] = []
  readonly #outbox: OutboxMessage[] = []
  readonly #timers: TimerOrder[] = []

  constructor(repository: Repository, clock: Clock, origin: Origin) {
    this.#repository = repository
    this.#clock = clock
    this.#origin = origin
    this.#meta = encodeOrigin(origin)
  }

  /** Reads a stream once; later calls answer the same work on it. Error: EW_STREAM_NAME. */
  async load(aggregate: AnyAggregate, id: string): Promise<WorkingStream> {
    const stream = streamName(aggregate.name, id)
    const known = this.#streams.get(stream)
    if (known !== undefined) return known
    const base = await this.#repository.load(aggregate, stream)
    // Another load of the same stream may have finished meanwhile; all must see one piece of work.
    const raced = this.#streams.get(stream)
    if (raced !== undefined) return raced
    const work = { base, pending: [], state: base.state }
    this.#streams.set(stream, work)
    const recorded = this.#unread.get(stream)?.pending ?? []
    this.#unread.delete(stream)
    for (const { message } of recorded) this.#record(work, message)
    return work
  }

  /** Takes a stream for new that was not read; the commit tells when it is not. Error: EW_STREAM_NAME. */
  begin(aggregate: AnyAggregate, id: string): void {
    const stream = streamName(aggregate.name, id)
    const state = aggregate.initial()
    this.#streams.set(stream, { base: { aggregate, stream, state, version: 0 }, pending: [], state })
  }

  /**
   * Records events for a stream whatever its version is; loading it as well makes its version exact. Errors as
   * `append`.
   */
  appendUnread(aggregate: AnyAggregate, id: string, messages: readonly EventMessage[]): void {
    const stream = streamName(aggregate.name, id)
    if (this.#streams.has(stream)) return this.append(aggregate, id, messages)
    const unread = this.#unread.get(stream) ?? { aggregate, id, stream, pending: [] }
    for (const message of checkedEvents(aggregate, messages, `append to ${aggregate.name}`)) {
      const encoded = encodeEvent(message, stream, this.#meta, this.#clock)
      const { id, occurredAtMs } = encoded
      const meta = new PendingMeta({ id, stream, version: 0, occurredAtMs }, this.#origin)
      unread.pending.push({ message, encoded, meta })
    }
    this.#unread.set(stream, unread)
  }

  /** Loads the unread streams whose aggregate is one of those that need an exact version: they feed inline rows. */
  async loadUnread(needsVersion: (aggregate: AnyAggregate) => boolean): Promise<void> {
    for (const { aggregate, id } of [...this.#unread.values()])
      if (needsVersion(aggregate)) await this.load(aggregate, id)
  }

  /**
   * Records events for a stream that was loaded. Errors: EW_MESSAGE, EW_DESIGN for events that the aggregate does not
   * declare.
   */
  append(aggregate: AnyAggregate, id: string, messages: readonly EventMessage[], eventIds?: readonly string[]): void {
    const work = this.#streams.get(streamName(aggregate.name, id))
    if (work === undefined)
      throw failure('EW_UNIT', `${aggregate.name}/${id} must be loaded before events are appended to it.`)
    const checked = checkedEvents(aggregate, messages, `append to ${aggregate.name}`)
    checked.forEach((message, i) => this.#record(work, message, eventIds?.[i]))
  }

  /** Records SQL that runs inside the commit, after the view rows. */
  run(sql: string, params: readonly unknown[] = []): void {
    this.#statements.push({ sql, params })
  }

  /** Records a message that leaves with the commit. */
  send(message: OutboxMessage): void {
    this.#outbox.push(message)
  }

  /** Records a change of timers. */
  schedule(order: TimerOrder): void {
    this.#timers.push(order)
  }

  /** They are no part of `unit()`: their times are counted when it is made. */
  get timers(): readonly TimerOrder[] {
    return this.#timers
  }

  streams(): readonly WorkingStream[] {
    const unread = [...this.#unread.values()].map(({ aggregate, stream, pending }) => ({
      base: { aggregate, stream, state: undefined, version: 0 },
      pending,
      state: undefined,
    }))
    return [...this.#streams.values(), ...unread]
  }

  get hasEvents(): boolean {
    return this.streams().some((work) => work.pending.length > 0)
  }

  /**
   * Everything recorded, each stream at the exact version that was read, so that the decision rests on nothing that
   * moved.
   */
  unit(): Unit {
    const appends: Append[] = []
    for (const { base, pending } of this.#streams.values()) {
      appends.push({
        stream: base.stream,
        hash: streamHash(base.stream),
        partition: 0,
        expected: base.version,
        events: pending.map((each) => each.encoded),
      })
    }
    for (const { stream, pending } of this.#unread.values()) {
      const events = pending.map((each) => each.encoded)
      appends.push({ stream, hash: streamHash(stream), partition: 0, expected: 'any', events })
    }
    const snapshots = [...this.#streams.values()].flatMap(
      (work) => this.#repository.snapshot(this.#ahead(work), work.base.version) ?? [],
    )
    return {
      appends,
      ...(this.#statements.length > 0 && { statements: this.#statements }),
      ...(this.#outbox.length > 0 && { outbox: this.#outbox }),
      ...(snapshots.length > 0 && { snapshots }),
    }
  }

  /** Lets the repository remember the states that the commit has made current. */
  committed(): void {
    for (const work of this.#streams.values())
      if (work.pending.length > 0) this.#repository.committed(this.#ahead(work))
  }

  #ahead(work: WorkingStream): Folded {
    return { ...work.base, state: work.state, version: work.base.version + work.pending.length }
  }

  #record(
    work: { base: Folded; pending: PendingEvent[]; state: unknown },
    message: EventMessage,
    eventId?: string,
  ): void {
    const { stream, version } = work.base
    const encoded = encodeEvent(message, stream, this.#meta, this.#clock, eventId)
    const meta = new PendingMeta(
      {
        id: encoded.id,
        stream,
        version: version + work.pending.length + 1,
        occurredAtMs: encoded.occurredAtMs,
      },
      this.#origin,
    )
    work.state = this.#repository.ahead({ ...work.base, state: work.state }, [message], meta)
    work.pending.push({ message, encoded, meta })
  }
}

/** An origin whose ids are `id` where the caller names none. */
export function originOf(given: Partial<Origin>, id: string = newId()): Origin {
  return {
    ...given,
    correlationId: given.correlationId ?? given.causationId ?? id,
    causationId: given.causationId ?? id,
  }
}
