import { errorText } from '../../base/error-text.ts'
import { failure, isEventwrightError } from '../../base/errors.ts'
import { streamName } from '../../base/stream-name.ts'
import type { Graph } from '../../design/graph.ts'
import type { AnyProjection } from '../../design/projection.ts'
import type { EventLog } from '../../ports/event-log.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import type { Row } from '../../ports/views.ts'
import { LogEvent } from '../log/event.ts'
import { foldRow, keysOf } from './row-folding.ts'

/** The row of one key, made from its events as far as they were read. */
export interface KeyReplay {
  readonly row: Row | undefined
  /** What a row that is written says it has applied: a position, or a version of the stream of an inline row. */
  readonly applied: number
  /** Of a view that follows the log: up to where it is read. Of an inline row: where its last event is. */
  readonly position: number
  readonly events: number
  /** Streams of its events. */
  readonly streams: ReadonlySet<string>
  /** The stream of an inline row, and the version up to which it is read. */
  readonly stream: { readonly name: string; readonly version: number } | undefined
  /** Goes on to a position, or to the end of the stream of an inline row. Error: EW_VIEW_REPLAY; EW_EVENT_NEWER. */
  advance(to: number): Promise<void>
  /** An inline row as it is at a version. */
  at(version: number): Promise<Row | undefined>
  /** Begins anew. */
  begin(): void
}

/** What is read, and whoever is to know how far. */
export interface KeyReplayOptions {
  readonly graph: Graph
  readonly store: { readonly log: EventLog }
  onProgress?(position: number, of: number): void
  readonly signal?: AbortSignal
}

const pageEvents = 1_000

/** Begins the replay of one key. It reads nothing yet. Error: EW_STREAM_NAME for an inline row that cannot be. */
export function keyReplay(projection: AnyProjection, key: string, options: KeyReplayOptions): KeyReplay {
  return new Replay(projection, key, options)
}

class Replay implements KeyReplay {
  row: Row | undefined
  applied = 0
  position = 0
  events = 0
  readonly streams = new Set<string>()
  readonly #projection: AnyProjection
  readonly #key: string
  readonly #options: KeyReplayOptions
  readonly #stream: string | undefined
  #version = 0

  constructor(projection: AnyProjection, key: string, options: KeyReplayOptions) {
    this.#projection = projection
    this.#key = key
    this.#options = options
    // Composition has checked that all events of an inline view belong to one aggregate.
    const category = options.graph.events.get(projection.from[0]!.type)?.aggregates[0]
    this.#stream = projection.mode === 'inline' ? streamName(category!, key) : undefined
  }

  get stream(): KeyReplay['stream'] {
    return this.#stream === undefined ? undefined : { name: this.#stream, version: this.#version }
  }

  async advance(to: number): Promise<void> {
    if (this.#stream !== undefined) return this.#readStream(this.#stream)
    const { store, onProgress, signal } = this.#options
    while (this.position < to) {
      signal?.throwIfAborted()
      const page = await store.log.readLog({ partition: 0, after: this.position, to, limit: pageEvents })
      for (const stored of page) this.#apply(stored)
      this.position = page.at(-1)?.position ?? to
      onProgress?.(this.position, to)
    }
  }

  async at(version: number): Promise<Row | undefined> {
    if (version < this.#version) this.begin()
    if (this.#stream !== undefined) await this.#readStream(this.#stream, version)
    return this.row
  }

  begin(): void {
    this.row = undefined
    this.applied = 0
    this.position = 0
    this.events = 0
    this.#version = 0
    this.streams.clear()
  }

  async #readStream(stream: string, to?: number): Promise<void> {
    const upTo = to === undefined ? {} : { to }
    for (;;) {
      this.#options.signal?.throwIfAborted()
      if (to !== undefined && this.#version >= to) return
      const page = await this.#options.store.log.readStream({
        stream,
        from: this.#version + 1,
        ...upTo,
        limit: pageEvents,
      })
      for (const stored of page) this.#apply(stored)
      this.#version = page.at(-1)?.version ?? this.#version
      if (page.length < pageEvents) return
    }
  }

  #apply(stored: StoredEvent): void {
    if (stored.deleted || this.#projection.on[stored.type] === undefined) return
    const event = new LogEvent(stored, this.#options.graph.events.get(stored.type)?.definition)
    if (!this.#keys(event).includes(this.#key)) return
    try {
      this.row = foldRow(this.#projection, this.#key, this.row, event, [])
    } catch (error) {
      throw isEventwrightError(error, 'EW_EVENT_NEWER') ? error : this.#failed(event, error)
    }
    this.events++
    this.applied = this.#stream === undefined ? event.position : event.meta.version
    if (this.#stream !== undefined) this.position = event.position
    this.streams.add(event.meta.stream)
  }

  /** An event whose key cannot be told is parked under its stream, and belongs to no row as long as it is. */
  #keys(event: LogEvent): readonly string[] {
    try {
      return keysOf(this.#projection, event)
    } catch (error) {
      if (isEventwrightError(error, 'EW_EVENT_NEWER')) throw error
      if (this.#stream !== undefined) throw this.#failed(event, error)
      return []
    }
  }

  #failed(event: LogEvent, cause: unknown): Error {
    const { stream, version } = event.meta
    const row = `the row ${this.#key} of the view ${this.#projection.name}`
    const where = `${event.type} at ${stream}@${version}`
    return failure('EW_VIEW_REPLAY', `Making ${row} anew, ${where} fails by: ${errorText(cause)}`, {
      details: { view: this.#projection.name, key: this.#key, stream, version },
      cause,
    })
  }
}
