import { freezeDeep } from '../../base/freeze.ts'
import { failure } from '../../base/errors.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { Meta } from '../../design/meta.ts'
import type { ChannelMessage, OutgoingMessage } from '../../ports/broker.ts'
import type { MessageFacts } from '../../ports/parked.ts'
import { traceOf } from '../../ports/telemetry.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { LogEvent } from '../log/event.ts'
import { personalTexts } from '../telemetry/personal-texts.ts'
import { bareHeaders, header, headersText, messageFacts, readHeaders, readValue, typeName, unreadable } from './wire.ts'

/** An event of the log as the message that a channel carries: its stored form, whatever its schema version. */
export function eventMessage(event: LogEvent, service: string, channel: string, key: string): OutgoingMessage {
  const { stored, meta } = event
  const headers = headersText({
    ce_specversion: '1.0',
    ce_id: stored.id,
    ce_source: service,
    ce_type: `${service}.${stored.type}`,
    ce_time: meta.occurredAt,
    ce_subject: stored.stream,
    ce_correlationid: meta.correlationId,
    ce_causationid: meta.causationId,
    'content-type': 'application/json',
    ew_schemaversion: String(stored.schemaVersion),
    ew_version: String(stored.version),
    ew_position: String(stored.position),
    ew_recordedat: meta.recordedAt,
    ...traceOf(meta),
    ...(meta.actor !== undefined && { ew_actor: meta.actor }),
    ...(meta.tenant !== undefined && { ew_tenant: meta.tenant }),
  })
  return { channel, key, id: stored.id, headers, value: stored.data }
}

/** An event as a channel brings it. What cannot be read has a `fault`, so that it is parked and not passed over. */
export class ChannelEvent implements Delivery {
  readonly type: string
  readonly position: number
  readonly key: string
  readonly meta: Meta
  readonly inboxKey: string
  readonly fault: Error | undefined
  readonly #message: KeptMessage
  readonly #schemaVersion: number
  readonly #definition: AnyEvent | undefined
  #data: unknown

  constructor(message: KeptMessage, definitionOf: (type: string) => AnyEvent | undefined) {
    this.#message = message
    this.position = message.offset + 1
    this.key = message.key
    const read = opened(message)
    this.fault = read.fault
    this.type = read.type
    this.meta = read.meta
    this.#schemaVersion = read.schemaVersion
    this.inboxKey = read.fault === undefined ? `${read.meta.stream}@${read.meta.version}` : message.id
    this.#definition = definitionOf(read.type)
  }

  get received(): ChannelMessage {
    return this.#message
  }

  get raw(): string {
    return JSON.stringify(this.#message)
  }

  get deleted(): boolean {
    return this.#message.deleted === true
  }

  get personal(): readonly string[] {
    try {
      return personalTexts(this.#definition?.pii ?? [], this.data)
    } catch {
      // Why it cannot be read says nothing of what is in it.
      return []
    }
  }

  get facts(): MessageFacts {
    return messageFacts(this.#message)
  }

  get data(): unknown {
    return (this.#data ??= freezeDeep(this.#decoded()))
  }

  #decoded(): unknown {
    if (this.fault !== undefined) throw this.fault
    // Others may write into a channel too.
    if (this.#definition !== undefined) return this.#definition.restore(this.#schemaVersion, readValue(this.#message))
    const { stream, version } = this.meta
    throw failure('EW_EVENT_UNKNOWN', `This system declares no event ${this.type} at ${stream}@${version}.`, {
      details: { type: this.type, channel: this.#message.channel },
    })
  }
}

/** A message as it is kept; `deleted` when its stream was deleted meanwhile, and there is nothing in it any more. */
export interface KeptMessage extends ChannelMessage {
  readonly deleted?: true
}

/** A message that was parked, as it came. */
export function parkedMessage(raw: string): KeptMessage {
  return JSON.parse(raw) as KeptMessage
}

const erasedHeaders = ['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_time', 'ce_subject', 'content-type']
const erasedExtensions = ['ew_schemaversion', 'ew_version', 'ew_position', 'ew_recordedat']

/** What is left of a parked message when its stream is deleted; undefined where there is nothing to take from it. */
export function erasedMessage(raw: string, stream: string): string | undefined {
  try {
    const message = parkedMessage(raw)
    const headers = bareHeaders(message)
    if (message.deleted === true || headers['ce_subject'] !== stream) return undefined
    const left = [...erasedHeaders, ...erasedExtensions].flatMap((name) =>
      headers[name] === undefined ? [] : [[name, headers[name]] as const],
    )
    return JSON.stringify({
      ...message,
      headers: JSON.stringify(Object.fromEntries(left)),
      value: 'null',
      deleted: true,
    })
  } catch {
    // Whatever it is, it is no event.
    return undefined
  }
}

interface Opened {
  readonly type: string
  readonly schemaVersion: number
  readonly meta: Meta
  readonly fault: Error | undefined
}

function opened(message: ChannelMessage): Opened {
  try {
    return { ...envelopeOf(message), fault: undefined }
  } catch (error) {
    const fault = error instanceof Error ? error : new Error(String(error))
    const { id, channel, offset, partition } = message
    const at = new Date(message.atMs).toISOString()
    const stream = `${channel}/${partition}`
    const place = { id, stream, version: offset + 1, position: offset + 1, occurredAt: at, recordedAt: at }
    return { type: '', schemaVersion: 0, meta: { ...place, correlationId: id, causationId: id }, fault }
  }
}

const needed = ['ce_id', 'ce_type', 'ce_time', 'ce_subject', 'ew_schemaversion', 'ew_version', 'ew_position'] as const

function envelopeOf(message: ChannelMessage): Omit<Opened, 'fault'> {
  const headers = readHeaders(message)
  // All at once: who sends them from elsewhere wants to know what else is wanted.
  const missing = needed.filter((name) => (headers[name] ?? '') === '')
  if (missing.length > 0) throw unreadable(message, `it has no header ${missing.join(', ')}`)
  const text = (name: string): string => header(message, headers, name)
  const id = text('ce_id')
  const occurredAt = text('ce_time')
  const { ew_actor: actor, ew_tenant: tenant } = headers
  return {
    type: typeName(text('ce_type')),
    schemaVersion: wholeNumber(message, 'ew_schemaversion', text('ew_schemaversion')),
    meta: {
      id,
      stream: text('ce_subject'),
      version: wholeNumber(message, 'ew_version', text('ew_version')),
      position: wholeNumber(message, 'ew_position', text('ew_position')),
      occurredAt,
      recordedAt: headers['ew_recordedat'] ?? occurredAt,
      correlationId: headers['ce_correlationid'] ?? id,
      causationId: headers['ce_causationid'] ?? id,
      ...traceOf(headers),
      ...(actor !== undefined && { actor }),
      ...(tenant !== undefined && { tenant }),
    },
  }
}

function wholeNumber(message: ChannelMessage, name: string, text: string): number {
  const number = Number(text)
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(number) && number > 0) return number
  throw unreadable(message, `its header ${name} is ${JSON.stringify(text.slice(0, 40))} and not a whole number from 1`)
}
