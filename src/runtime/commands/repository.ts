import { failure, isEventwrightError } from '../../base/errors.ts'
import { canonicalJson } from '../../base/json.ts'
import type { AnyAggregate } from '../../design/aggregate.ts'
import type { EventMessage } from '../../design/message.ts'
import type { Meta } from '../../design/meta.ts'
import type { Store } from '../../ports/store.ts'
import type { SnapshotWrite } from '../../ports/unit-of-work.ts'
import { LogEvent } from '../log/event.ts'
import { streamDeleted } from '../streams/closed.ts'

/** An aggregate as the stream has it: the state folded from all its events. */
export interface Folded {
  readonly aggregate: AnyAggregate
  readonly stream: string
  readonly state: unknown
  readonly version: number
}

/** Loads aggregates. It always asks the stream, so what it answers is as fresh as the read. */
export interface Repository {
  /** Error: EW_STREAM_DELETED. */
  load(aggregate: AnyAggregate, stream: string): Promise<Folded>
  /** Whether a state of the stream is remembered. */
  isKnown(stream: string): boolean
  /** The state after events that are not stored yet. */
  ahead(folded: Folded, events: readonly EventMessage[], meta: Meta): unknown
  /** Remembers a state that a commit has made current. */
  committed(folded: Folded): void
  /** Forgets the states of streams that were deleted, those too that are being read. */
  forget(streams: readonly string[]): void
  /** The snapshot that a unit should carry when it moves a stream from one version to another; usually none. */
  snapshot(folded: Folded, before: number): SnapshotWrite | undefined
  /** Refolds some snapshots of each aggregate and drops all of one that does not match; answers their names. */
  checkSnapshots(aggregates: readonly AnyAggregate[]): Promise<readonly string[]>
}

const pageEvents = 500
const sampleSize = 5

/**
 * Folds streams, starting from a remembered state or a snapshot where there is one. At most `remembered` states are
 * kept; states of class-style aggregates are never shared, since their methods change them in place.
 */
export function repository(
  store: Pick<Store, 'log' | 'snapshots'>,
  definitionOf: (type: string) => LogEvent['definition'],
  remembered = 5_000,
): Repository {
  const states = new Map<string, Folded>()
  // Nobody reopens what was deleted, and what is being read or committed of it now must not be remembered after all.
  const deleted = new Set<string>()
  const remember = (folded: Folded): Folded => {
    if (folded.aggregate.mutable || deleted.has(folded.stream)) return folded
    states.delete(folded.stream)
    states.set(folded.stream, folded)
    if (states.size > remembered) states.delete(states.keys().next().value!)
    return folded
  }
  const fold = async (from: Folded, to?: number): Promise<Folded> => {
    const { aggregate, stream } = from
    let { state, version } = from
    for (;;) {
      const page = await store.log.readStream({
        stream,
        from: version + 1,
        limit: pageEvents,
        ...(to !== undefined && { to }),
      })
      for (const stored of page) {
        if (stored.deleted) throw streamDeleted(stream)
        const event = new LogEvent(stored, definitionOf(stored.type))
        state = evolved(aggregate, state, event.type, event.data, event.meta)
        version = stored.version
      }
      if (page.length < pageEvents)
        return page.length === 0 && version === from.version ? from : { aggregate, stream, state, version }
    }
  }
  /** Undefined where the stream was deleted, so that there is nothing to compare with. */
  const foldedTo = async (from: Folded, to: number): Promise<{ readonly of: unknown } | undefined> => {
    try {
      return { of: (await fold(from, to)).state }
    } catch (error) {
      if (isEventwrightError(error, 'EW_STREAM_DELETED')) return undefined
      throw error
    }
  }
  const start = async (aggregate: AnyAggregate, stream: string): Promise<Folded> => {
    const stored = aggregate.snapshot && (await store.snapshots.get(stream, aggregate.identity))
    if (stored === undefined) return { aggregate, stream, state: aggregate.initial(), version: 0 }
    return {
      aggregate,
      stream,
      state: aggregate.snapshot!.state.decode(JSON.parse(stored.state)),
      version: stored.version,
    }
  }
  return {
    async load(aggregate, stream) {
      const known = states.get(stream)
      return remember(await fold(known?.aggregate === aggregate ? known : await start(aggregate, stream)))
    },
    isKnown: (stream) => states.has(stream),
    ahead(folded, events, meta) {
      return events.reduce(
        (state, event) => evolved(folded.aggregate, state, event.type, event.data, meta),
        folded.state,
      )
    },
    committed(folded) {
      const known = states.get(folded.stream)
      if (known === undefined || known.version < folded.version) remember(folded)
    },
    forget(streams) {
      for (const stream of streams) {
        states.delete(stream)
        deleted.add(stream)
        if (deleted.size > remembered) deleted.delete(deleted.keys().next().value!)
      }
    },
    snapshot({ aggregate, stream, state, version }, before) {
      const policy = aggregate.snapshot
      if (policy === undefined || Math.floor(version / policy.every) === Math.floor(before / policy.every))
        return undefined
      return { stream, identity: aggregate.identity, version, state: canonicalJson(policy.state.encode(state)) }
    },
    async checkSnapshots(aggregates) {
      const dropped: string[] = []
      for (const aggregate of aggregates) {
        if (aggregate.snapshot === undefined) continue
        for (const sample of await store.snapshots.sample(aggregate.identity, sampleSize)) {
          const empty = { aggregate, stream: sample.stream, state: aggregate.initial(), version: 0 }
          const state = await foldedTo(empty, sample.version)
          if (state === undefined) continue
          if (canonicalJson(aggregate.snapshot.state.encode(state.of)) === sample.state) continue
          await store.snapshots.drop(aggregate.identity)
          dropped.push(aggregate.name)
          break
        }
      }
      return dropped
    },
  }
}

/**
 * The state after one more event. Errors: EW_EVENT_UNKNOWN for a type that the aggregate does not declare; what
 * `evolve` throws.
 */
export function evolved(aggregate: AnyAggregate, state: unknown, type: string, data: unknown, meta: Meta): unknown {
  const handler = aggregate.evolve[type]
  if (handler === undefined) {
    throw failure(
      'EW_EVENT_UNKNOWN',
      `${meta.stream}@${meta.version} is a ${type}, which ${aggregate.name} does not declare.`,
      {
        details: { type, stream: meta.stream, version: meta.version },
      },
    )
  }
  return frozenIfPlain(handler(state, data, meta), aggregate)
}

function frozenIfPlain(state: unknown, aggregate: AnyAggregate): unknown {
  // Remembered states are shared by later commands; a decider that changes one in place must fail at once.
  const shared = !aggregate.mutable && typeof state === 'object' && state !== null && !ArrayBuffer.isView(state)
  return shared ? Object.freeze(state) : state
}
