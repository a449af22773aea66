import { timestampOf } from '../base/clock.ts'
import { failure } from '../base/errors.ts'
import { freezeDeep } from '../base/freeze.ts'
import type { AnyEvent } from '../design/definition.ts'
import type { Meta } from '../design/meta.ts'
import type { StoredEvent } from '../ports/stored-event.ts'

interface MetaJson {
  readonly correlationId: string
  readonly causationId: string
  readonly traceparent?: string
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
export class LogEvent {
  readonly stored: StoredEvent
  readonly meta: StoredMeta
  readonly definition: AnyEvent | undefined
  #data: unknown
  #decoded = false

  constructor(stored: StoredEvent, definition: AnyEvent | undefined) {
    this.stored = stored
    this.definition = definition
    this.meta = new StoredMeta(stored)
  }
  get type(): string {
    return this.stored.type
  }
  get position(): number {
    return this.stored.position
  }

  /** Data in today's schema version, frozen. Errors: EW_EVENT_UNKNOWN, EW_EVENT_NEWER, EW_EVENT_CORRUPT. */
  get data(): unknown {
    if (!this.#decoded) {
      this.#data = freezeDeep(decode(this.stored, this.definition))
      this.#decoded = true
    }
    return this.#data
  }
}

function decode(stored: StoredEvent, definition: AnyEvent | undefined): unknown {
  const where = `${stored.type} (schema version ${stored.schemaVersion}) at ${stored.stream}@${stored.version}`
  const details = {
    type: stored.type,
    schemaVersion: stored.schemaVersion,
    stream: stored.stream,
    version: stored.version,
  }
  if (definition === undefined) {
    throw failure('EW_EVENT_UNKNOWN', `This system declares no event ${where}.`, { details })
  }
  let json: unknown
  try {
    json = JSON.parse(stored.data)
  } catch (cause) {
    throw failure('EW_EVENT_CORRUPT', `The data of ${where} is not JSON.`, { details, cause })
  }
  return definition.decode(stored.schemaVersion, json)
}
