import { failure } from '../../base/errors.ts'
import { canonicalJson, isPlainObject, parseJson, type Json } from '../../base/json.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { Graph } from '../../design/graph.ts'
import type { EventMessage } from '../../design/message.ts'
import { storeSources } from '../../design/sources.ts'
import type { OutgoingMessage } from '../../ports/broker.ts'
import type { DeadLetter } from '../../ports/parked.ts'
import { undecodedHeader } from '../../ports/message-codec.ts'
import { bareHeaders, messageFacts, type ReadHeaders } from '../messages/wire.ts'

/** What was kept of a message, with the texts in it opened as far as they are JSON. */
export function plainMessage(raw: string): Json {
  const json = opened(raw)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json
  const message = json as { readonly [name: string]: Json }
  const texts = ['headers', 'value', 'body'].flatMap((name) => {
    const text = message[name]
    return typeof text === 'string' ? [[name, opened(text)] as const] : []
  })
  const open = { ...message, ...Object.fromEntries(texts) }
  // Base64 may look like a number.
  return undecodedOf(open) === undefined ? open : { ...open, value: message['value']! }
}

/** Why a message, as `plainMessage` shows it, could not be decoded; undefined for any other. */
export function undecodedOf(content: Json): string | undefined {
  const headers = isPlainObject(content) ? content['headers'] : undefined
  const why = isPlainObject(headers) ? headers[undecodedHeader] : undefined
  return typeof why === 'string' ? why : undefined
}

/**
 * The kept text of a dead letter with other data in it: checked, and written, as its message is declared today. Errors:
 * EW_NOT_EDITABLE, EW_VALIDATION.
 */
export function editedText({ consumer, key, source, raw }: DeadLetter, data: unknown, graph: Graph): string {
  const where = `The dead letter at "${key}" of ${consumer}`
  if (raw === undefined) throw notEditable(`${where} is an event of the store; ${insteadOfEvents}.`)
  if (source === storeSources.mail) throw notEditable(`${where} tells an instance of an event; ${insteadOfEvents}.`)
  const message = opened(raw) as unknown as OutgoingMessage
  const { type } = messageFacts(message)
  const event = type === null ? undefined : graph.events.get(type)?.definition
  const command = type === null ? undefined : graph.commands.get(type)?.definition
  if (event !== undefined) {
    const { schemaVersion } = event
    const value = event.text(checkedEvent(event, data))
    const headers = JSON.stringify({ ...decodedHeaders(message), ew_schemaversion: String(schemaVersion) })
    return JSON.stringify({ ...message, headers, value })
  }
  if (command !== undefined) {
    const value = canonicalJson(command.encode(command.decode(data)))
    return JSON.stringify({ ...message, headers: JSON.stringify(decodedHeaders(message)), value })
  }
  const what = type === null ? 'cannot be told what it is' : `is ${type}, which this system declares no data for`
  throw notEditable(`${where} ${what}; replay it once that is mended, or discard it.`)
}

/** An event definition is the constructor of its messages. */
function checkedEvent(event: AnyEvent, json: unknown): unknown {
  const make = event as unknown as (data: unknown) => EventMessage
  return make(event.decode(event.schemaVersion, json)).data
}

/** The value is another one now, which can be read. */
function decodedHeaders(message: OutgoingMessage): ReadHeaders {
  const { [undecodedHeader]: _, ...headers } = bareHeaders(message)
  return headers as ReadHeaders
}

const insteadOfEvents =
  'events are never edited. Mend the handler or add a schema version with an upcaster and replay it, or discard it here'

function notEditable(message: string): Error {
  return failure('EW_NOT_EDITABLE', message)
}

function opened(text: string): Json {
  try {
    return parseJson(text)
  } catch {
    return text
  }
}
