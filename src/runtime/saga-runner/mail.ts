import { failure } from '../../base/errors.ts'
import { fingerprint } from '../../base/fingerprint.ts'
import type { Json } from '../../base/json.ts'
import { categoryOf, streamName } from '../../base/stream-name.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { Meta } from '../../design/meta.ts'
import type { AnyProcess } from '../../design/sagas/process.ts'
import type { AnySaga, WaitStep } from '../../design/sagas/definition.ts'
import type { SagaMail } from '../../ports/sagas.ts'
import { traceOf, type TraceContext } from '../../ports/telemetry.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Origin } from '../log/event-encoding.ts'
import type { ReceivedReply } from '../messages/reply-message.ts'
import type { ReplyAddress } from '../sagas/effects.ts'
import type { Given, OperatorAction, StepResult } from '../sagas/input.ts'

/** What mail of each kind holds. */
export interface MailBodies {
  readonly started: StoredData & { readonly origin: Origin }
  readonly awaited: StoredData & Traced & { readonly step: string; readonly value: string; readonly eventId: string }
  readonly reply: Omit<ReplyAddress, 'sagaId'> & Traced & { readonly result: StepResult }
  readonly cancel: Given
  readonly operator: Given & { readonly action: OperatorAction }
  /** For processes. */
  readonly event: StoredData & { readonly type: string; readonly meta: Meta }
}

/** Where what has come was sent, since it is no part of the trace that the instance has begun with. */
interface Traced {
  readonly trace?: TraceContext
}

interface StoredData {
  /** Stored form. */
  readonly data: Json
  readonly schemaVersion: number
}

/** An event on its way to sagas and processes. */
export type MailedEvent = Pick<Delivery, 'type' | 'data' | 'meta'>

/** Who has given an order, and why; the same `id` again is the same order. */
export interface Order {
  readonly id: string
  readonly who: string
  readonly why: string
}

/**
 * What an event is to a saga: a start, something that a step waits for, both, or nothing. Errors: EW_STREAM_NAME for an
 * id that cannot be one, what the functions of the saga throw.
 */
export function eventMail(saga: AnySaga, event: MailedEvent): readonly SagaMail[] {
  const awaited = saga.steps.flatMap((step) =>
    step.kind === 'wait' && step.event.type === event.type ? [awaitedMail(saga, step, event)] : [],
  )
  if (event.type !== saga.startedBy.type) return awaited
  const body = { ...stored(saga.startedBy, event), origin: originOfMeta(event.meta) }
  // The same for every event of that id: only the first one starts something.
  return [mail('started', saga.name, streamName(saga.name, saga.id(event.data)), 'start', body), ...awaited]
}

/** What an event is to a process. Errors: EW_STREAM_NAME, what `correlate` throws. */
export function processMail(process: AnyProcess, event: MailedEvent): readonly SagaMail[] {
  const reaction = process.reactions.find((each) => each.event.type === event.type)
  if (reaction === undefined) return []
  const body = { type: event.type, ...stored(reaction.event, event), meta: plainMeta(event.meta) }
  const address = streamName(process.name, reaction.correlate(event.data))
  return [mail('event', process.name, address, event.meta.id, body)]
}

/** An answer as mail of the instance that has asked. Error: EW_MESSAGE_UNREADABLE. */
export function replyMail({ address, answer }: ReceivedReply, trace: TraceContext = {}): SagaMail {
  const { sagaId, ...rest } = replyAddress(address)
  const { execId, action, attempt } = rest
  // A copy of an attempt that was refused without a trace may be done later: that is another answer.
  const key = `reply/${execId}/${action}/${attempt}/${answer.status}`
  return mail('reply', categoryOf(sagaId), sagaId, key, { ...rest, result: answer, ...tracing(trace) })
}

/** Asks an instance to turn back. */
export function cancelMail(sagaId: string, { id, who, why }: Order): SagaMail {
  return mail('cancel', categoryOf(sagaId), sagaId, `order/${id}`, { who, why, order: id })
}

/** Gives an instance the order of an operator. */
export function operatorMail(sagaId: string, { id, who, why }: Order, action: OperatorAction): SagaMail {
  return mail('operator', categoryOf(sagaId), sagaId, `order/${id}`, { who, why, order: id, action })
}

/**
 * Where mail for a step that waits for a value is kept until somebody waits. No instance has such an address: the names
 * of steps hold neither `/` nor `=`.
 */
export function awaitAddress(step: string, value: string): string {
  return `${step}=${plainValue.test(value) && value.isWellFormed() ? value : `~${fingerprint(value)}`}`
}

/** What a piece of mail says. Error: EW_MESSAGE_UNREADABLE. */
export function mailBody<K extends keyof MailBodies>(piece: SagaMail & { readonly kind: K }): MailBodies[K] {
  try {
    return JSON.parse(piece.body) as MailBodies[K]
  } catch (cause) {
    throw failure('EW_MESSAGE_UNREADABLE', `The mail ${piece.key} for ${piece.address} is no JSON.`, { cause })
  }
}

/** What an event is the cause of comes from it. */
export function originOfMeta(meta: Meta): Origin {
  const { id, correlationId, actor, tenant } = meta
  return { correlationId, causationId: id, ...traceOf(meta), actor, tenant }
}

/** What a store and an index take as it is. */
const plainValue = /^[^\u0000-\u001f\u007f-\u009f]{0,200}$/

function awaitedMail(saga: AnySaga, step: WaitStep, event: MailedEvent): SagaMail {
  const value = String(step.by(event.data))
  const body = { step: step.name, value, eventId: event.meta.id, ...stored(step.event, event), ...tracing(event.meta) }
  return mail('awaited', saga.name, awaitAddress(step.name, value), event.meta.id, body)
}

function mail<K extends keyof MailBodies>(
  kind: K,
  saga: string,
  address: string,
  key: string,
  body: MailBodies[K],
): SagaMail {
  return { saga, address, key, kind, body: JSON.stringify(body) }
}

function tracing(of: Parameters<typeof traceOf>[0]): Traced {
  return of.traceparent === undefined ? {} : { trace: traceOf(of) }
}

/** In today's schema version, whatever it was stored in. */
function stored(definition: AnyEvent, { data }: MailedEvent): StoredData {
  return { data: JSON.parse(definition.text(data)) as Json, schemaVersion: definition.schemaVersion }
}

/** The members of a meta may be getters. */
function plainMeta(meta: Meta): Meta {
  const { id, stream, version, position, occurredAt, recordedAt } = meta
  return { ...originOfMeta(meta), id, stream, version, position, occurredAt, recordedAt, causationId: meta.causationId }
}

function replyAddress(text: string): ReplyAddress {
  try {
    const address = JSON.parse(text) as ReplyAddress
    const { sagaId, step, action, execId, attempt } = address
    const texts = typeof sagaId === 'string' && sagaId.includes('/') && typeof step === 'string'
    if (texts && (action === 'do' || action === 'undo') && Number.isInteger(execId) && Number.isInteger(attempt))
      return address
  } catch (cause) {
    throw failure('EW_MESSAGE_UNREADABLE', `The address of a reply is no JSON: ${text.slice(0, 60)}`, { cause })
  }
  throw failure('EW_MESSAGE_UNREADABLE', `A reply came for ${text.slice(0, 60)}, which is not the address of a step.`)
}
