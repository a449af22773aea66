import { failure } from '../../base/errors.ts'

const mostBytes = 255

/** The exchange of a partition: what comes there goes to a queue of every group, or into the stream. */
export function partitionExchange(channel: string, partition: number): string {
  return checked(`${channel}.${partition}`)
}

/** The stream of a partition. */
export function streamQueue(channel: string, partition: number): string {
  return checked(`${channel}.${partition}`)
}

/** The queue in which a partition waits for a group. */
export function groupQueue(channel: string, group: string, partition: number): string {
  return checked(`${channel}.${group}.${partition}`)
}

/** The queue of what a group could not do. */
export function deadQueue(channel: string, group: string): string {
  return checked(`${channel}.${group}.dead`)
}

/** The exchange by which the processes tell each other that messages have come. */
export const hintExchange = 'eventwright.hints'

/** Error: EW_CONFIG for a name that the server does not take. */
export function checked(name: string): string {
  if (Buffer.byteLength(name) > mostBytes)
    throw failure('EW_CONFIG', `The name ${name.slice(0, 60)}… is longer than the ${mostBytes} bytes of RabbitMQ.`)
  if (name.startsWith('amq.')) throw failure('EW_CONFIG', `RabbitMQ keeps names like ${name} for itself.`)
  return name
}
