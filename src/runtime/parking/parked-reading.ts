import { errorText } from '../../base/error-text.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { Graph } from '../../design/graph.ts'
import { storeSources } from '../../design/sources.ts'
import type { ParkedDelivery } from '../../ports/parked.ts'
import type { SagaMailRow } from '../../ports/sagas.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import { LogEvent } from '../log/event.ts'
import { ChannelEvent, parkedMessage, type KeptMessage } from '../messages/channel-event.ts'
import { receivedCommand } from '../messages/command-message.ts'
import { receivedReply } from '../messages/reply-message.ts'
import { messageFacts, readValue } from '../messages/wire.ts'
import { mailBody, type MailBodies } from '../saga-runner/mail.ts'

/**
 * Why a release cannot read what was kept of a message, by the schemas of its design; undefined where it can, and for
 * what was deleted or is gone by now, which a replay passes over. No registry is asked for what could not be decoded
 * when it came.
 */
export function whyUnreadable(graph: Graph, source: string, kept: ParkedDelivery | undefined): string | undefined {
  if (kept === undefined || source === storeSources.outbox) return undefined
  return problemOf(() => {
    if (source === storeSources.mail) readMail(graph, JSON.parse(kept.raw!) as SagaMailRow)
    else readMessage(graph, parkedMessage(kept.raw!))
  })
}

/** The same of an event that the log keeps. */
export function whyUnreadableEvent(graph: Graph, stored: StoredEvent | undefined): string | undefined {
  if (stored === undefined || stored.deleted) return undefined
  return problemOf(() => void new LogEvent(stored, eventOf(graph, stored.type)).data)
}

function problemOf(read: () => void): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return errorText(error)
  }
}

function readMail(graph: Graph, mail: SagaMailRow): void {
  const as = <K extends keyof MailBodies>(kind: K): MailBodies[K] => mailBody({ ...mail, kind })
  const saga = graph.sagas.get(mail.saga)?.definition
  switch (mail.kind) {
    case 'started': {
      const { data, schemaVersion } = as('started')
      return void saga?.startedBy.restore(schemaVersion, data)
    }
    case 'awaited': {
      const { data, schemaVersion, step: name } = as('awaited')
      const step = saga?.steps.find((each) => each.name === name)
      return void (step?.kind === 'wait' && step.event.restore(schemaVersion, data))
    }
    case 'event': {
      const { type, data, schemaVersion } = as('event')
      return void eventOf(graph, type)?.restore(schemaVersion, data)
    }
    default:
      return void as('cancel')
  }
}

function readMessage(graph: Graph, message: KeptMessage): void {
  if (message.deleted === true) return
  const { type } = messageFacts(message)
  const command = type === null ? undefined : graph.commands.get(type)?.definition
  if (command !== undefined) {
    receivedCommand(message)
    command.restore(readValue(message))
  } else if (type?.endsWith('.reply')) receivedReply(message)
  else void new ChannelEvent(message, (name) => eventOf(graph, name)).data
}

function eventOf(graph: Graph, type: string): AnyEvent | undefined {
  return graph.events.get(type)?.definition
}
