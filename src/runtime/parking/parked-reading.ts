import { errorText } from '../../base/error-text.ts'
import type { AnyEvent } from '../../design/definition.ts'
import type { Graph } from '../../design/graph.ts'
import { storeSources } from '../../design/sources.ts'
import type { EventLog } from '../../ports/event-log.ts'
import type { ParkedDelivery } from '../../ports/parked.ts'
import type { SagaMailRow } from '../../ports/sagas.ts'
import { LogEvent } from '../log/event.ts'
import { ChannelEvent, parkedMessage, type KeptMessage } from '../messages/channel-event.ts'
import { receivedCommand } from '../messages/command-message.ts'
import { receivedReply } from '../messages/reply-message.ts'
import { messageFacts, readValue } from '../messages/wire.ts'
import { mailBody, type MailBodies } from '../saga-runner/mail.ts'

/**
 * Why a release cannot read what is parked, by the schemas of its design; undefined where it can, for what was deleted
 * as well, which a replay passes over. No registry is asked for what could not be decoded when it came.
 */
export async function whyUnreadable(
  log: Pick<EventLog, 'at'>,
  graph: Graph,
  source: string,
  waiting: ParkedDelivery,
): Promise<string | undefined> {
  try {
    if (source === storeSources.log) await readEvent(log, graph, waiting.position)
    else if (source === storeSources.mail) readMail(graph, JSON.parse(waiting.raw!) as SagaMailRow)
    else if (source !== storeSources.outbox) readMessage(graph, parkedMessage(waiting.raw!))
    return undefined
  } catch (error) {
    return errorText(error)
  }
}

async function readEvent(log: Pick<EventLog, 'at'>, graph: Graph, position: number): Promise<void> {
  const [stored] = await log.at([position])
  if (stored === undefined || stored.deleted) return
  void new LogEvent(stored, eventOf(graph, stored.type)).data
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
