import { failure } from '../../base/errors.ts'
import type { ChannelSpec } from '../../ports/broker.ts'
import type { Settings } from './settings.ts'

/** How queues are made: what can never change on one that is there. */
export type QueueArguments = Readonly<Record<string, string | number | boolean>>

/** How a channel is kept. Error: EW_CONFIG for classic queues. */
export function kindOf({ name, rabbitmq }: ChannelSpec, { queue }: Pick<Settings, 'queue'>): 'quorum' | 'stream' {
  const { queue: wanted = queue } = rabbitmq ?? {}
  if (wanted !== 'classic') return wanted
  throw failure('EW_CONFIG', `The channel ${name} asks for classic queues, which lose messages with their server.`)
}

/** Of the queue in which a partition waits for a group. */
export function groupArguments(deliveryLimit: number, dead: string): QueueArguments {
  return {
    'x-queue-type': 'quorum',
    'x-single-active-consumer': true,
    'x-delivery-limit': deliveryLimit,
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': dead,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  }
}

/** Of the queue of what a group could not do. */
export const deadArguments: QueueArguments = Object.freeze({ 'x-queue-type': 'quorum' })

/** Of the stream of a partition. */
export function streamArguments({ retentionMs }: Pick<ChannelSpec, 'retentionMs'>): QueueArguments {
  const age = retentionMs === undefined ? {} : { 'x-max-age': `${Math.max(1, Math.ceil(retentionMs / 1_000))}s` }
  return { 'x-queue-type': 'stream', ...age }
}
