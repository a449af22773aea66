import { errorText } from '../../base/error-text.ts'
import { timestampOf } from '../../base/clock.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import { decodeStored } from './event.ts'

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
  /** The reader's own; null for an event that was deleted. */
  readonly data: unknown
  readonly meta: Readonly<Record<string, string>>
  /** Whether data and meta were taken away with the stream. */
  readonly deleted: boolean
  /** Why `data` could not be decoded; `data` is then the stored text. */
  readonly problem: string | undefined
  /** Everything as plain members. */
  toJSON(): EnvelopeJson
}

/** An envelope as plain members, in the order in which people read them; `deleted` and `problem` where they are so. */
export type EnvelopeJson = Omit<Envelope, 'toJSON' | 'problem' | 'deleted'> & {
  readonly deleted?: true
  readonly problem?: string
}

/** The envelope of an event; data that cannot be decoded is shown as it is stored, with the reason. */
export function envelope(stored: StoredEvent, definition: AnyEvent | undefined): Envelope {
  return new StoredEnvelope(stored, definition)
}

class StoredEnvelope implements Envelope {
  readonly id: string
  readonly type: string
  readonly schemaVersion: number
  readonly stream: string
  readonly version: number
  readonly partition: 0 | 1
  readonly position: number
  readonly deleted: boolean
  readonly #stored: StoredEvent
  readonly #definition: AnyEvent | undefined
  #isOpen = false
  #data: unknown
  #problem: string | undefined
  #meta: Readonly<Record<string, string>> | undefined

  constructor(stored: StoredEvent, definition: AnyEvent | undefined) {
    this.id = stored.id
    this.type = stored.type
    this.schemaVersion = stored.schemaVersion
    this.stream = stored.stream
    this.version = stored.version
    this.partition = stored.partition
    this.position = stored.position
    this.deleted = stored.deleted
    this.#stored = stored
    this.#definition = definition
  }

  get occurredAt(): string {
    return timestampOf(this.#stored.occurredAtMs)
  }

  get recordedAt(): string {
    return timestampOf(this.#stored.recordedAtMs)
  }

  get meta(): Readonly<Record<string, string>> {
    return (this.#meta ??= Object.freeze(JSON.parse(this.#stored.meta) as Record<string, string>))
  }

  get data(): unknown {
    this.#open()
    return this.#data
  }

  get problem(): string | undefined {
    this.#open()
    return this.#problem
  }

  #open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    const stored = this.#stored
    try {
      this.#data = stored.deleted ? null : decodeStored(stored, this.#definition)
    } catch (error) {
      this.#data = stored.data
      this.#problem = errorText(error)
    }
  }

  toJSON(): EnvelopeJson {
    const { id, type, schemaVersion, stream, version, partition, position, occurredAt, recordedAt, meta, data } = this
    const { problem } = this
    const place = { id, type, schemaVersion, stream, version, partition, position, occurredAt, recordedAt }
    const known = { ...place, data, meta, ...(this.deleted && { deleted: true as const }) }
    return problem === undefined ? known : { ...known, problem }
  }

  /** What `console.log` shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): EnvelopeJson {
    return this.toJSON()
  }
}
