import type { Clock } from '../../base/clock.ts'
import { errorText } from '../../base/error-text.ts'
import type { OutboxMessage } from '../../ports/outbox.ts'
import type { TraceContext } from '../../ports/telemetry.ts'
import { receivedCommand, type ReceivedCommand } from './command-message.ts'
import { originWithin } from '../log/event-encoding.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Handler } from '../loop/handler.ts'
import { keyedHandler, type KeyedHandlerOptions } from '../parking/keyed-handler.ts'
import { endsTheRun, KeyedRunner, type RetryPolicy } from '../parking/keyed-run.ts'
import type { DeliverySpans } from '../telemetry/delivery-spans.ts'
import type { MessageDelivery } from './message-delivery.ts'
import { replyMessage, type CommandAnswer, type FailedAttempt } from './reply-message.ts'
import { readValue } from './wire.ts'

/** What executing the commands of a channel needs. */
export interface CommandConsumerOptions extends KeyedHandlerOptions {
  readonly service: string
  readonly clock: Clock
  readonly stuckAfter: number
  /** Fingerprint of what executes them. */
  readonly handlers: string
  /** Executes a command once for its idempotency key. */
  execute(command: ReceivedCommand, data: unknown, signal: AbortSignal): Promise<CommandAnswer>
  /** Told of each attempt where it is there. */
  readonly spans?: DeliverySpans | undefined
}

const retry: RetryPolicy = { maxAttempts: 8, firstMs: 50, factor: 2, maxMs: 5_000, jitter: 0.5 }
const concurrency = 64

/**
 * Executes commands that a channel brings: in order for each key of the channel, keys beside each other. The outcome
 * commits with the command's own unit, the answer is sent with the position; a repeat finds the outcome and answers it
 * again. A command that fails is tried again here, and its key is parked in the end; the failure of a saga's step is
 * answered instead, since the saga counts attempts and must not wait behind them with its undo.
 */
export function commandConsumer(options: CommandConsumerOptions): Handler {
  const { clock, service, stuckAfter, handlers, spans } = options
  const runner = new KeyedRunner()
  return keyedHandler(options, {
    handlers,
    entriesOf: (deliveries) => deliveries.map((event) => ({ key: event.key, event })),
    async run(_bundle, entries, signal, isReplay) {
      const answers: { readonly position: number; readonly message: OutboxMessage }[] = []
      const answered = async (delivery: MessageDelivery, within?: TraceContext): Promise<void> => {
        const { position, message: received } = delivery
        const { origin, ...read } = receivedCommand(received)
        const command = { ...read, origin: originWithin(origin, within) }
        const data = readValue(received)
        const asked = options.execute(command, data, signal)
        const isCounted = command.terms !== undefined && command.replyTo !== undefined
        const answer = await (isCounted ? asked.catch((error: unknown) => failedAttempt(error, signal)) : asked)
        const message = replyMessage(service, command, answer, clock.now())
        if (message !== undefined) answers.push({ position, message })
      }
      const apply = (_key: string, event: Delivery, attempt: number): Promise<void> => {
        const delivery = event as MessageDelivery
        if (spans === undefined) return answered(delivery)
        return spans.taken(delivery.message, attempt, (within) => answered(delivery, within))
      }
      const failed = await runner.run(entries, {
        retry,
        concurrency,
        stuckAfter: isReplay ? Infinity : stuckAfter,
        clock,
        signal,
        apply,
      })
      const outbox = answers.toSorted((a, b) => a.position - b.position).map(({ message }) => message)
      return { unit: { outbox }, failed }
    },
    refused: (keys, refusal) => runner.refused(keys, refusal, stuckAfter),
    committed: () => runner.committed(),
  })
}

function failedAttempt(error: unknown, signal: AbortSignal): FailedAttempt {
  if (endsTheRun(error, signal)) throw error
  return { status: 'failed', error: errorText(error) }
}
