import { timestampOf } from '../../base/clock.ts'
import { failure } from '../../base/errors.ts'
import type { Meta } from '../../design/meta.ts'
import type { Origin } from '../log/event-encoding.ts'

/** The envelope of an event that is not committed yet: what only the commit decides cannot be read. */
export class PendingMeta implements Meta {
  readonly id: string
  readonly stream: string
  readonly version: number
  readonly #occurredAtMs: number
  readonly correlationId: string
  readonly causationId: string
  declare readonly traceparent?: string
  declare readonly tracestate?: string
  declare readonly actor?: string
  declare readonly tenant?: string

  constructor(event: { id: string; stream: string; version: number; occurredAtMs: number }, origin: Origin) {
    this.id = event.id
    this.stream = event.stream
    this.version = event.version
    this.#occurredAtMs = event.occurredAtMs
    this.correlationId = origin.correlationId
    this.causationId = origin.causationId
    if (origin.traceparent !== undefined) this.traceparent = origin.traceparent
    if (origin.tracestate !== undefined) this.tracestate = origin.tracestate
    if (origin.actor !== undefined) this.actor = origin.actor
    if (origin.tenant !== undefined) this.tenant = origin.tenant
  }

  get occurredAt(): string {
    return timestampOf(this.#occurredAtMs)
  }
  get position(): never {
    throw unknown('position', this.stream)
  }
  get recordedAt(): never {
    throw unknown('recordedAt', this.stream)
  }
}

function unknown(what: string, stream: string): Error {
  return failure('EW_INLINE_META', `The ${what} of an event of ${stream} was read before its commit.`)
}
