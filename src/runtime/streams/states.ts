import { errorText } from '../../base/error-text.ts'
import type { Json } from '../../base/json.ts'
import { plainJson } from '../../base/plain-json.ts'
import { categoryOf } from '../../base/stream-name.ts'
import type { AnyAggregate } from '../../design/aggregate.ts'
import type { Graph } from '../../design/graph.ts'
import type { Store } from '../../ports/store.ts'
import { evolved } from '../commands/repository.ts'
import { envelope, type Envelope } from '../log/envelope.ts'
import { LogEvent } from '../log/event.ts'

/** The state of an aggregate after one event of its stream. */
export interface StreamState {
  readonly event: Envelope
  /** As JSON; undefined where it cannot be told. */
  readonly state: Json | undefined
  /** Why it cannot be told. */
  readonly problem?: string
}

/** The states of a stream at some of its versions. */
export interface StreamStates {
  /** The category of the stream; undefined where no design at hand declares it. */
  readonly aggregate: AnyAggregate | undefined
  /** Before the first of `states`: of version 0 the initial one. */
  readonly before: Json | undefined
  /** In the order of versions. */
  readonly states: readonly StreamState[]
}

/** Which versions are wanted, both included. */
export interface StatesPage {
  readonly stream: string
  readonly from: number
  readonly to: number
}

/** A state further than this behind the start of its stream, or its snapshot, is not folded for somebody who looks. */
const mostFolded = 20_000
const pageEvents = 1_000

/**
 * Folds a stream through the aggregate of the design and tells the state at each of the versions asked for. It begins
 * at the snapshot where that is old enough. An event that the aggregate cannot take ends it: that one and those behind
 * it say why.
 */
export async function streamStates(
  store: Pick<Store, 'log' | 'snapshots'>,
  graph: Graph | undefined,
  { stream, from, to }: StatesPage,
): Promise<StreamStates> {
  const aggregate = graph?.aggregates.get(categoryOf(stream))?.definition
  const definitionOf = (type: string): LogEvent['definition'] => graph?.events.get(type)?.definition
  const fold = await begin(store, aggregate, stream, from)
  const states: StreamState[] = []
  let before: Json | undefined = fold.version === from - 1 ? fold.shown() : undefined
  for (let version = fold.problem === undefined ? fold.version : from - 1; version < to;) {
    const page = await store.log.readStream({ stream, from: version + 1, to, limit: pageEvents })
    for (const stored of page) {
      fold.take(new LogEvent(stored, definitionOf(stored.type)))
      if (stored.version === from - 1) before = fold.shown()
      if (stored.version < from) continue
      const event = envelope(stored, definitionOf(stored.type))
      states.push({ event, state: fold.shown(), ...(fold.problem !== undefined && { problem: fold.problem }) })
    }
    if (page.length === 0) break
    version = page.at(-1)!.version
  }
  return { aggregate, before, states }
}

async function begin(
  { snapshots }: Pick<Store, 'snapshots'>,
  aggregate: AnyAggregate | undefined,
  stream: string,
  from: number,
): Promise<Fold> {
  if (aggregate === undefined) return new Fold(undefined, undefined, 0, 'This system declares no such aggregate.')
  const kept = aggregate.snapshot && (await snapshots.get(stream, aggregate.identity))
  const isOld = kept !== undefined && kept.version < from
  const version = isOld ? kept.version : 0
  if (from - version > mostFolded) {
    const why = `It is the fold of ${from} events, and no more than ${mostFolded} are folded to be looked at.`
    return new Fold(aggregate, undefined, version, why)
  }
  const state = isOld ? aggregate.snapshot!.state.decode(JSON.parse(kept.state)) : aggregate.initial()
  return new Fold(aggregate, state, version)
}

class Fold {
  version: number
  problem: string | undefined
  readonly #aggregate: AnyAggregate | undefined
  #state: unknown

  constructor(aggregate: AnyAggregate | undefined, state: unknown, version: number, problem?: string) {
    this.#aggregate = aggregate
    this.#state = state
    this.version = version
    this.problem = problem
  }

  take(event: LogEvent): void {
    this.version = event.stored.version
    if (this.problem !== undefined) return
    if (event.deleted) {
      this.problem = 'The stream was deleted, and its data with it.'
      return
    }
    try {
      this.#state = evolved(this.#aggregate!, this.#state, event.type, event.data, event.meta)
    } catch (error) {
      this.problem = errorText(error)
    }
  }

  /** As JSON at once, since class style changes states in place. */
  shown(): Json | undefined {
    if (this.problem !== undefined || this.#aggregate === undefined) return undefined
    const codec = this.#aggregate.snapshot?.state
    return plainJson(codec === undefined ? this.#state : codec.encode(this.#state))
  }
}
