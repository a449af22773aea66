import { timestampOf } from '../../base/clock.ts'
import { failure, type ErrorCode, type EventwrightError } from '../../base/errors.ts'
import { freezeDeep } from '../../base/freeze.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { Meta } from '../../design/meta.ts'
import type { MessageFacts } from '../../ports/parked.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import type { Delivery } from '../loop/delivery.ts'
import { personalTexts } from '../telemetry/personal-texts.ts'

interface MetaJson {
  readonly correlationId: string
  readonly causationId: string
  readonly traceparent?: string
  readonly tracestate?: string
  readonly actor?: string
  readonly tenant?: string
}

/** The envelope of a stored event for handlers; texts and times are made when somebody asks for them. */
export class StoredMeta implements Meta {
  readonly #stored: StoredEvent
  #json: MetaJson | undefined

  constructor(stored: StoredEvent) {
    this.#stored = stored
  }
  get id(): string {
    return this.#stored.id
  }
  get stream(): string {
    return this.#stored.stream
  }
  get version(): number {
    return this.#stored.version
  }
  get position(): number {
    return this.#stored.position
  }
  get occurredAt(): string {
    return timestampOf(this.#stored.occurredAtMs)
  }
  get recordedAt(): string {
    return timestampOf(this.#stored.recordedAtMs)
  }
  get correlationId(): string {
    return this.#parsed.correlationId
  }
  get causationId(): string {
    return this.#parsed.causationId
  }
  get traceparent(): string | undefined {
    return this.#parsed.traceparent
  }
  get tracestate(): string | undefined {
    return this.#parsed.tracestate
  }
  get actor(): string | undefined {
    return this.#parsed.actor
  }
  get tenant(): string | undefined {
    return this.#parsed.tenant
  }
  get #parsed(): MetaJson {
    return (this.#json ??= JSON.parse(this.#stored.meta) as MetaJson)
  }
}

/** A stored event with its declaration; `data` is decoded and upcast once, on first use, for all who read it. */
export class LogEvent implements Delivery {
  readonly stored: StoredEvent
  readonly definition: AnyEvent | undefined
  #meta: StoredMeta | undefined
  #data: unknown
  #decoded = false

  constructor(stored: StoredEvent, definition: AnyEvent | undefined) {
    this.stored = stored
    this.definition = definition
  }
  get meta(): StoredMeta {
    return (this.#meta ??= new StoredMeta(this.stored))
  }
  get type(): string {
    return this.stored.type
  }
  get position(): number {
    return this.stored.position
  }
  get key(): string {
    return this.stored.stream
  }
  get deleted(): boolean {
    return this.stored.deleted
  }
  get raw(): undefined {
    return undefined
  }
  get inboxKey(): undefined {
    return undefined
  }
  get personal(): readonly string[] {
    try {
      return personalTexts(this.definition?.pii ?? [], this.data)
    } catch {
      // Why it cannot be read says nothing of what is in it.
      return []
    }
  }
  get facts(): MessageFacts {
    const { id, type, schemaVersion } = this.stored
    return { id, type, schemaVersion, correlationId: this.meta.correlationId ?? null }
  }

  /** Data in today's schema version, frozen. Errors: EW_EVENT_UNKNOWN, EW_EVENT_NEWER, EW_EVENT_CORRUPT. */
  get data(): unknown {
    if (!this.#decoded) {
      this.#data = freezeDeep(decodeStored(this.stored, this.definition))
      this.#decoded = true
    }
    return this.#data
  }
}

/**
 * The data of a stored event in today's schema version, not frozen. Errors: EW_EVENT_UNKNOWN, EW_EVENT_NEWER,
 * EW_EVENT_CORRUPT.
 */
export function decodeStored(stored: StoredEvent, definition: AnyEvent | undefined): unknown {
  if (definition === undefined) throw refused('EW_EVENT_UNKNOWN', stored, 'This system declares no event')
  let json: unknown
  try {
    json = JSON.parse(stored.data)
  } catch (cause) {
    throw refused('EW_EVENT_CORRUPT', stored, 'No JSON is the data of', cause)
  }
  return definition.decode(stored.schemaVersion, json)
}

function refused(code: ErrorCode, stored: StoredEvent, problem: string, cause?: unknown): EventwrightError {
  const { type, schemaVersion, stream, version } = stored
  return failure(code, `${problem} ${type} (schema version ${schemaVersion}) at ${stream}@${version}.`, {
    details: { type, schemaVersion, stream, version },
    ...(cause !== undefined && { cause }),
  })
}
