import type { Clock } from '../../base/clock.ts'
import { checksum } from '../../base/hash.ts'
import { newId } from '../../base/ids.ts'
import { canonicalJson } from '../../base/json.ts'
import type { EventMessage } from '../../design/message.ts'
import type { NewEvent } from '../../ports/stored-event.ts'
import type { TraceContext } from '../../ports/telemetry.ts'

/** Where an event comes from: copied into the meta of every event of a unit. */
export interface Origin {
  readonly correlationId: string
  readonly causationId: string
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
  readonly actor?: string | undefined
  readonly tenant?: string | undefined
}

/** What comes from the same, as a part of a span where there is one. */
export function originWithin(origin: Origin, trace: TraceContext | undefined): Origin {
  return trace?.traceparent === undefined ? origin : { ...origin, ...trace }
}

/** The meta text that all events of one origin share. Error: EW_TEXT. */
export function encodeOrigin({ actor, causationId, correlationId, tenant, traceparent, tracestate }: Origin): string {
  const actorText = actor === undefined ? '' : `"actor":${textJson(actor)},`
  const tenantText = tenant === undefined ? '' : `,"tenant":${textJson(tenant)}`
  const traceText = traceparent === undefined ? '' : `,"traceparent":${textJson(traceparent)}`
  const stateText = tracestate === undefined ? '' : `,"tracestate":${textJson(tracestate)}`
  const causationText = textJson(causationId)
  const correlationText = correlationId === causationId ? causationText : textJson(correlationId)
  const ids = `"causationId":${causationText},"correlationId":${correlationText}`
  return `{${actorText}${ids}${tenantText}${traceText}${stateText}}`
}

/** Every append writes ids: text that needs no escape is written as it is. */
function textJson(text: string): string {
  return plainText.test(text) ? `"${text}"` : canonicalJson(text)
}

const plainText = /^[\w-]*$/

/**
 * The one place where an event becomes what is stored; fields marked `pii` would be encrypted here, before the
 * checksum. Errors: EW_JSON and EW_TEXT for values that cannot be written.
 */
export function encodeEvent(
  message: EventMessage,
  stream: string,
  meta: string,
  clock: Clock,
  id: string = newId(),
): NewEvent {
  const data = message.definition.text(message.data)
  return {
    id,
    type: message.type,
    schemaVersion: message.schemaVersion,
    occurredAtMs: message.occurredAt === undefined ? clock.now() : Date.parse(message.occurredAt),
    data,
    meta,
    checksum: eventChecksum(id, stream, message.type, message.schemaVersion, data, meta),
  }
}

/** CRC-32 over everything of an event that is known before its commit. */
export function eventChecksum(
  id: string,
  stream: string,
  type: string,
  schemaVersion: number,
  data: string,
  meta: string,
): number {
  return checksum(`${id}\0${stream}\0${type}\0${schemaVersion}\0${data}\0${meta}`)
}
