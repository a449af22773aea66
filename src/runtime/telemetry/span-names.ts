import type { OutgoingMessage } from '../../ports/broker.ts'
import type { SpanAttributes, SpanStart } from '../../ports/telemetry.ts'

// Every name that a span has or tells stands here: those of the semantic conventions for messaging (1.44, still in
// development there), and ours. Only names of the design and ids that the engine makes: keys, streams and ids of
// instances come from data and may be personal.

type Named = Omit<SpanStart, 'parent' | 'links'>

/** A command that is executed. */
export function commandSpan(service: string | undefined, type: string | undefined, correlationId: string): Named {
  return {
    name: named('execute', type),
    kind: 'internal',
    attributes: { [names.service]: service, [names.command]: type, [names.correlation]: correlationId },
  }
}

/** Events on their way into the store. */
export function appendSpan(types: readonly string[], correlationId: string | undefined): Named {
  const attributes = { [names.events]: types, [names.correlation]: correlationId }
  return { name: 'append', kind: 'internal', attributes }
}

/** A message on its way to the broker. */
export function sendSpan(broker: string, message: OutgoingMessage, headers: Headers): Named {
  const { channel } = message
  const attributes = messaging('send', broker, channel, { id: message.id, headers })
  return { name: named('send', channel), kind: 'producer', attributes }
}

/** A message of a channel in the hands of a consumer. */
export function processSpan(broker: string, message: ReceivedFacts, consumer: string, attempt = 1): Named {
  const { channel, partition, offset, headers } = message
  return {
    name: named('process', channel),
    kind: 'consumer',
    attributes: {
      ...messaging('process', broker, channel, { id: message.id, headers }),
      'messaging.consumer.group.name': consumer,
      'messaging.destination.partition.id': String(partition),
      ...(systemOf(broker) === 'kafka' && { 'messaging.kafka.offset': offset }),
      [names.attempt]: attempt > 1 ? attempt : undefined,
    },
  }
}

/** An event of the log in the hands of a consumer. */
export function handleSpan(event: HandledFacts, consumer: string, attempt = 1): Named {
  return {
    name: named('handle', event.type),
    kind: 'internal',
    attributes: {
      [names.consumer]: consumer,
      [names.eventId]: event.id,
      [names.correlation]: event.correlationId,
      [names.attempt]: attempt > 1 ? attempt : undefined,
    },
  }
}

/** What an instance of a saga or process is told, and what it decides. */
export function instanceSpan(name: string, correlationId: string | undefined): Named {
  return {
    name: named('advance', name),
    kind: 'internal',
    attributes: { [names.saga]: name, [names.correlation]: correlationId },
  }
}

/** A step of a saga that is done here. */
export function stepSpan(saga: string, step: StepFacts, correlationId: string): Named {
  return {
    name: named(step.action === 'undo' ? 'undo' : 'step', `${saga}.${step.step}`),
    kind: 'internal',
    attributes: {
      [names.saga]: saga,
      [names.step]: step.step,
      [names.action]: step.action,
      [names.correlation]: correlationId,
      [names.attempt]: step.attempt > 1 ? step.attempt : undefined,
    },
  }
}

/** Names of our own attributes. */
export const names = {
  service: 'eventwright.service',
  command: 'eventwright.command',
  consumer: 'eventwright.consumer',
  events: 'eventwright.events',
  eventId: 'eventwright.event.id',
  message: 'eventwright.message.type',
  correlation: 'eventwright.correlation_id',
  attempt: 'eventwright.attempt',
  saga: 'eventwright.saga',
  step: 'eventwright.saga.step',
  asked: 'eventwright.saga.asked',
  action: 'eventwright.saga.action',
  outcome: 'eventwright.outcome',
  refusal: 'eventwright.refusal',
  repeated: 'eventwright.repeated',
} as const

type Headers = Readonly<Record<string, string>>

interface ReceivedFacts {
  readonly id: string
  readonly channel: string
  readonly partition: number
  readonly offset: number
  readonly headers: Headers
}

interface HandledFacts {
  readonly id: string
  readonly type: string
  readonly correlationId: string
}

interface StepFacts {
  readonly step: string
  readonly action: 'do' | 'undo'
  readonly attempt: number
}

function messaging(
  operation: 'send' | 'process',
  broker: string,
  channel: string,
  { id, headers }: { readonly id: string; readonly headers: Headers },
): SpanAttributes {
  return {
    'messaging.system': systemOf(broker),
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': channel,
    'messaging.message.id': id,
    'messaging.message.conversation_id': headers['ce_correlationid'],
    [names.message]: headers['ce_type'],
  }
}

/** The name that the conventions have for the kind of a broker; one in a store is ours. */
function systemOf(broker: string): string {
  return /^(?:kafka|rabbitmq)\b/.exec(broker)?.[0] ?? 'eventwright'
}

function named(what: string, whom: string | undefined): string {
  return whom === undefined ? what : `${what} ${whom}`
}
