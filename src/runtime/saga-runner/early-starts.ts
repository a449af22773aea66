import { isEventwrightError } from '../../base/errors.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { AnySaga } from '../../design/sagas/definition.ts'
import type { SagaMail } from '../../ports/sagas.ts'
import type { Append, Loss, Outcome, Unit } from '../../ports/unit-of-work.ts'
import type { CommitQueue } from '../commits/queue.ts'
import { LogEvent } from '../log/event.ts'
import type { Bucket } from '../ownership.ts'
import { eventMail } from './mail.ts'
import { Touched } from './touched.ts'

/** An instance that is worked out and commits with what starts it. */
export interface EarlyStart {
  readonly unit: Unit
  /** What became of it; undefined when nobody knows. */
  ended(outcome: Outcome | undefined): void
}

/** Whoever works on instances of some buckets of a saga here. */
export interface EarlyDesk {
  /** Works an instance out that nobody has heard of; undefined when it has to go the usual way. */
  start(piece: SagaMail): Promise<EarlyStart | undefined>
  /** An instance is further than is known there. */
  readAnew(id: string): void
}

const keptEvents = 5_000

/** A saga that events of the log start: who works on it here, and which events have started one already. */
export class EarlySaga {
  readonly definition: AnySaga
  /** By the signals of their buckets, which stay the same when one is claimed anew. */
  readonly #desks = new Map<AbortSignal, EarlyDesk>()
  /** Each desk once, since one has many buckets. */
  #each: ReadonlySet<EarlyDesk> = new Set()
  /** The newest, and those before them: the oldest go together, since to find the oldest of a set is dear. */
  #started = new Set<string>()
  #startedBefore = new Set<string>()

  constructor(definition: AnySaga) {
    this.definition = definition
  }

  /** A desk that works on these buckets from now on. */
  open(desk: EarlyDesk, buckets: readonly Bucket[]): void {
    for (const held of this.#desks.keys()) if (held.aborted) this.#desks.delete(held)
    for (const { signal } of buckets) this.#desks.set(signal, desk)
    this.#each = new Set(this.#desks.values())
  }

  /** Who works on a bucket now. */
  deskOf(bucket: Bucket): EarlyDesk | undefined {
    return bucket.lost ? undefined : this.#desks.get(bucket.signal)
  }

  /** Whether the event needs no mail, since its instance is stored with it. */
  hasStarted(eventId: string): boolean {
    return this.#started.has(eventId) || this.#startedBefore.has(eventId)
  }

  /** Notes that an event is about to be stored with its instance: it may be found before that is answered. */
  starts(eventId: string): void {
    if (this.#started.size === keptEvents) [this.#startedBefore, this.#started] = [this.#started, new Set()]
    this.#started.add(eventId)
  }

  /** It may be stored without its instance. */
  startsNot(eventId: string): void {
    this.#started.delete(eventId)
    this.#startedBefore.delete(eventId)
  }

  /** Works the instance out that an event starts. */
  async start(event: LogEvent): Promise<EarlyStart | undefined> {
    const [piece, more] = eventMail(this.definition, event)
    if (piece?.kind !== 'started' || more !== undefined) return undefined
    for (const desk of this.#each) {
      const start = await desk.start(piece)
      if (start !== undefined) return start
    }
    return undefined
  }
}

/**
 * Lets sagas begin in the commit of the event that starts them, where their owner is this process: no mail has to be
 * written, and none read. Only events that begin their stream, so that nothing of their key waits before them. Whatever
 * such a commit loses by, the unit goes alone, and the saga begins as it would without this.
 */
export class EarlyStarts {
  readonly #queue: Pick<CommitQueue, 'commit'>
  readonly #definitionOf: (type: string) => AnyEvent | undefined
  readonly #byType = new Map<string, EarlySaga[]>()

  constructor(queue: Pick<CommitQueue, 'commit'>, definitionOf: (type: string) => AnyEvent | undefined) {
    this.#queue = queue
    this.#definitionOf = definitionOf
  }

  /** A saga whose events come from the log. */
  add(definition: AnySaga): EarlySaga {
    const saga = new EarlySaga(definition)
    const { type } = definition.startedBy
    this.#byType.set(type, [...(this.#byType.get(type) ?? []), saga])
    return saga
  }

  /** Commits as the queue does, with the instances that the unit starts. */
  async commit(unit: Unit): Promise<Outcome> {
    const starting = startingAppends(unit).filter(({ events: [first] }) => this.#byType.has(first!.type))
    const starts = starting.length === 0 ? [] : await this.#startsOf(starting)
    const [whole, taken] = joined(unit, starts)
    if (taken.length === 0) return this.#queue.commit(unit)
    let outcome: Outcome | undefined
    for (const { saga, eventId } of taken) saga.starts(eventId)
    try {
      outcome = await this.#queue.commit(whole)
    } catch (error) {
      if (concernsAll.some((code) => isEventwrightError(error, code))) throw error
    } finally {
      for (const { start, saga, eventId } of taken) {
        if (outcome?.ok !== true) saga.startsNot(eventId)
        start.ended(outcome)
      }
    }
    if (outcome?.ok === true) return { ...outcome, appends: outcome.appends.slice(0, unit.appends!.length) }
    return outcome !== undefined && isOf(unit, outcome) ? outcome : this.#queue.commit(unit)
  }

  async #startsOf(appends: readonly Append[]): Promise<readonly Started[]> {
    const found: Started[] = []
    for (const { stream, partition, events } of appends) {
      const [first] = events
      const place = { stream, partition, version: 1, position: 0, recordedAtMs: 0, deleted: false }
      const event = new LogEvent({ ...first!, ...place }, this.#definitionOf(first!.type))
      for (const saga of this.#byType.get(event.type)!) {
        // What its functions throw is for the one to tell who brings it its mail.
        const start = await saga.start(event).catch(() => undefined)
        if (start !== undefined) found.push({ start, saga, eventId: event.stored.id })
      }
    }
    return found
  }
}

interface Started {
  readonly start: EarlyStart
  readonly saga: EarlySaga
  readonly eventId: string
}

const concernsAll = ['EW_CLOSED', 'EW_BUSY', 'EW_STORE_FULL', 'EW_STORE_BUSY', 'EW_STORE_UNREACHABLE'] as const

function startingAppends({ appends = [], marks = [] }: Unit): readonly Append[] {
  if (marks.length > 0) return []
  return appends.filter(({ expected, events }) => (expected === 0 || expected === 'noStream') && events.length > 0)
}

/** The unit with those starts that have recorded nothing for the same row, or the same stream at an exact version. */
function joined(unit: Unit, starts: readonly Started[]): readonly [Unit, readonly Started[]] {
  const taken: Started[] = []
  const touched = new Touched()
  touched.take(unit)
  let whole = unit
  for (const each of starts) {
    const { unit: more } = each.start
    if (!touched.take(more)) each.start.ended(undefined)
    else {
      whole = merged(whole, more)
      taken.push(each)
    }
  }
  return [whole, taken]
}

function merged(one: Unit, other: Unit): Unit {
  const both: Record<string, readonly unknown[]> = { ...one }
  for (const [section, content] of Object.entries(other))
    if (content !== undefined) both[section] = [...(both[section] ?? []), ...content]
  return both
}

/** Whether the unit would have lost by the same without what was joined to it. */
function isOf({ appends = [], rows = [] }: Unit, loss: Loss): boolean {
  switch (loss.reason) {
    case 'conflict':
    case 'closed':
      return appends.some(({ stream }) => stream === loss.stream)
    case 'row':
      return rows.some(({ table, key }) => table === loss.table && key === loss.key)
    case 'inbox':
      return true
    default:
      return false
  }
}
