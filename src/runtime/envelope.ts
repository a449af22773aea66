import { timestampOf } from '../base/clock.ts'
import { LogEvent } from './log-event.ts'

/**
 * An event as it stands in the store, with its data in today's schema version. Texts, times and data are made when
 * somebody asks for them, once; `JSON.stringify` and printing show all of it, a spread only what is stored as it is.
 */
export interface Envelope {
  readonly id: string
  readonly type: string
  /** The version under which it was stored. */
  readonly schemaVersion: number
  readonly stream: string
  readonly version: number
  readonly partition: 0 | 1
  readonly position: number
  readonly occurredAt: string
  readonly recordedAt: string
  /** Frozen; null for an event that was deleted. */
  readonly data: unknown
  readonly meta: Readonly<Record<string, string>>
  /** Why `data` could not be decoded; `data` is then the stored text. */
  readonly problem: string | undefined
  /** Everything as plain members. */
  toJSON(): EnvelopeJson
}

/** An envelope as plain members, in the order in which people read them; `problem` is there when there is one. */
export type EnvelopeJson = Omit<Envelope, 'toJSON' | 'problem'> & { readonly problem?: string }

/** The envelope of an event; data that cannot be decoded is shown as it is stored, with the reason. */
export function envelope(event: LogEvent): Envelope {
  return new LogEnvelope(event)
}

class LogEnvelope implements Envelope {
  readonly id: string
  readonly type: string
  readonly schemaVersion: number
  readonly stream: string
  readonly version: number
  readonly partition: 0 | 1
  readonly position: number
  readonly #event: LogEvent
  #meta: Readonly<Record<string, string>> | undefined

  constructor(event: LogEvent) {
    const { id, type, schemaVersion, stream, version, partition, position } = event.stored
    this.id = id
    this.type = type
    this.schemaVersion = schemaVersion
    this.stream = stream
    this.version = version
    this.partition = partition
    this.position = position
    this.#event = event
  }

  get occurredAt(): string {
    return timestampOf(this.#event.stored.occurredAtMs)
  }

  get recordedAt(): string {
    return timestampOf(this.#event.stored.recordedAtMs)
  }

  get meta(): Readonly<Record<string, string>> {
    return (this.#meta ??= Object.freeze(JSON.parse(this.#event.stored.meta) as Record<string, string>))
  }

  get data(): unknown {
    const { deleted, data } = this.#event.stored
    if (deleted) return null
    try {
      return this.#event.data
    } catch {
      return data
    }
  }

  get problem(): string | undefined {
    if (this.#event.stored.deleted) return undefined
    try {
      void this.#event.data
      return undefined
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  toJSON(): EnvelopeJson {
    const { id, type, schemaVersion, stream, version, partition, position, occurredAt, recordedAt, meta, data } = this
    const { problem } = this
    const known = { id, type, schemaVersion, stream, version, partition, position, occurredAt, recordedAt, data, meta }
    return problem === undefined ? known : { ...known, problem }
  }

  /** What `console.log` shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): EnvelopeJson {
    return this.toJSON()
  }
}
