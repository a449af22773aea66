import type { Clock } from '../base/clock.ts'
import type { OutboxMessage } from '../ports/outbox.ts'
import { receivedCommand, type ReceivedCommand } from './command-message.ts'
import type { Handler } from './consumer.ts'
import type { Delivery } from './delivery.ts'
import { keyedHandler, type KeyedHandlerOptions } from './keyed-handler.ts'
import { KeyedRunner, type RetryPolicy } from './keyed-run.ts'
import type { MessageDelivery } from './message-delivery.ts'
import { replyMessage, type CommandAnswer } from './reply-message.ts'
import { readValue } from './wire.ts'

/** What executing the commands of a channel needs. */
export interface CommandConsumerOptions extends KeyedHandlerOptions {
  readonly service: string
  readonly clock: Clock
  readonly stuckAfter: number
  /** Executes a command once for its idempotency key. What it throws is tried again, and parked in the end. */
  execute(command: ReceivedCommand, data: unknown): Promise<CommandAnswer>
}

const retry: RetryPolicy = { maxAttempts: 8, firstMs: 50, factor: 2, maxMs: 5_000, jitter: 0.5 }
const concurrency = 64

/**
 * Executes commands that a channel brings: in order for each key of the channel, keys beside each other. The outcome
 * commits with the command's own unit, the answer is sent with the position; a repeat finds the outcome and answers it
 * again.
 */
export function commandConsumer(options: CommandConsumerOptions): Handler {
  const { clock, service, stuckAfter } = options
  const runner = new KeyedRunner()
  return keyedHandler(options, {
    entriesOf: (_bucket, deliveries) => deliveries.map((event) => ({ key: event.key, event })),
    async run(_bucket, entries, signal) {
      const answers: { readonly position: number; readonly message: OutboxMessage }[] = []
      const apply = async (_key: string, event: Delivery): Promise<void> => {
        const { message: received } = event as MessageDelivery
        const command = receivedCommand(received)
        const answer = await options.execute(command, readValue(received))
        const message = replyMessage(service, command, answer, clock.now())
        if (message !== undefined) answers.push({ position: event.position, message })
      }
      const failed = await runner.run(entries, { retry, concurrency, stuckAfter, clock, signal, apply })
      const outbox = answers.toSorted((a, b) => a.position - b.position).map(({ message }) => message)
      return { unit: { outbox }, failed }
    },
    refused: (keys, refusal) => runner.refused(keys, refusal, stuckAfter),
    committed: () => runner.committed(),
  })
}
