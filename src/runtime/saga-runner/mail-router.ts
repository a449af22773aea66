import type { Clock } from '../../base/clock.ts'
import type { SagaMail } from '../../ports/sagas.ts'
import type { TraceContext } from '../../ports/telemetry.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Handler } from '../loop/handler.ts'
import { keyedHandler, type KeyedHandlerOptions } from '../parking/keyed-handler.ts'
import { KeyedRunner, type RetryPolicy } from '../parking/keyed-run.ts'
import type { DeliverySpans } from '../telemetry/delivery-spans.ts'

/** What bringing deliveries to sagas needs. */
export interface MailRouterOptions extends KeyedHandlerOptions {
  readonly clock: Clock
  readonly stuckAfter: number
  /** Fingerprint of what reads the deliveries. */
  readonly handlers: string
  takes(delivery: Delivery): boolean
  /** What a delivery is to the instances, and of which span it is a part. What it throws parks the key. */
  mailOf(delivery: Delivery, within: TraceContext): readonly SagaMail[]
  /** Told of what channels bring where it is there. */
  readonly spans?: DeliverySpans | undefined
}

const retry: RetryPolicy = { maxAttempts: 1, firstMs: 50, factor: 2, maxMs: 500, jitter: 0.5 }

/**
 * Puts deliveries into the mail of instances, together with the position. A repeat is dropped by the key of the mail,
 * so no inbox row is needed.
 */
export function mailRouter(options: MailRouterOptions): Handler {
  const { clock, stuckAfter, handlers, spans } = options
  const runner = new KeyedRunner()
  return keyedHandler(options, {
    handlers,
    passes: true,
    entriesOf: (deliveries) =>
      deliveries.filter((delivery) => options.takes(delivery)).map((event) => ({ key: event.key, event })),
    async run(_bundle, entries, signal, isReplay) {
      const found: { readonly position: number; readonly mail: readonly SagaMail[] }[] = []
      const route = (event: Delivery, within: TraceContext = {}): void => {
        if (event.fault !== undefined) throw event.fault
        found.push({ position: event.position, mail: options.mailOf(event, within) })
      }
      const apply = (_key: string, event: Delivery, attempt: number): Promise<void> | void =>
        spans === undefined || event.received === undefined ? route(event) : spans.handled(event, attempt, route)
      const limits = { retry, concurrency: 1, stuckAfter: isReplay ? Infinity : stuckAfter, clock, signal }
      const failed = await runner.run(entries, { ...limits, apply })
      const mail = found.toSorted((a, b) => a.position - b.position).flatMap((each) => each.mail)
      return { unit: { mail }, failed }
    },
    refused: (keys, refusal) => runner.refused(keys, refusal, stuckAfter),
    committed: () => runner.committed(),
  })
}
