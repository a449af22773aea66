import { failure } from '../../base/errors.ts'
import type { Broker, OutgoingMessage, PublishOutcome } from '../../ports/broker.ts'
import type { Telemetry } from '../../ports/telemetry.ts'
import type { Delivery } from '../loop/delivery.ts'
import type { Handler } from '../loop/handler.ts'
import { keyedHandler, type KeyedHandlerOptions } from '../parking/keyed-handler.ts'
import type { FailedKey, KeyedEvent } from '../parking/keyed-run.ts'
import { tracedPublish } from '../telemetry/traced-publish.ts'

/** What bringing deliveries to a broker needs. */
export interface RelayOptions extends KeyedHandlerOptions {
  readonly broker: Broker
  /** The message that a delivery becomes; undefined for one that is none of this relay's. */
  messageOf(delivery: Delivery): OutgoingMessage | undefined
  /** Told of each message where it is there. */
  readonly telemetry?: Telemetry | undefined
}

/**
 * Publishes what it is given and moves on when the broker has it: at least once, in order inside a channel and key,
 * since a repeat after a crash begins at the last position and goes on in order. A message that the broker refuses for
 * good parks its key alone. A broker that cannot be reached holds everything up, and nothing is lost.
 */
export function relayHandler(options: RelayOptions): Handler {
  const { broker, messageOf, telemetry } = options
  /** Those of the page in hand: each is asked for its line first. */
  let made = new Map<Delivery, OutgoingMessage>()
  return keyedHandler(options, {
    // What the broker refuses does not depend on code of anybody here.
    handlers: broker.name,
    passes: true,
    entriesOf(deliveries) {
      made = new Map()
      return deliveries.flatMap((event) => {
        const message = messageOf(event)
        if (message === undefined) return []
        made.set(event, message)
        return [{ key: lineOf(message), event }]
      })
    },
    async run(_bundle, entries) {
      if (entries.length === 0) return { unit: {}, failed: [] }
      const messages = entries.map(({ event }) => made.get(event) ?? messageOf(event)!)
      const outcomes = await (telemetry === undefined
        ? broker.publish(messages)
        : tracedPublish(telemetry, broker, messages))
      return { unit: {}, failed: failedKeys(entries, outcomes, broker.name) }
    },
  })
}

/** Messages that must stay in order. */
function lineOf({ channel, key }: OutgoingMessage): string {
  return `${channel} ${key}`
}

/** One for each key that has a refused message; what was skipped waits behind it. */
function failedKeys(
  entries: readonly KeyedEvent[],
  outcomes: readonly PublishOutcome[],
  broker: string,
): readonly FailedKey[] {
  const failed = new Map<string, { key: string; event: Delivery; rest: Delivery[]; error: Error; attempts: number }>()
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind === 'ok') continue
    const { key, event } = entries[index]!
    const first = failed.get(key)
    if (first !== undefined) first.rest.push(event)
    else if (outcome.kind === 'refused')
      failed.set(key, { key, event, rest: [], error: refused(broker, event, outcome.reason), attempts: 1 })
    else
      throw failure('EW_BROKER_FAILED', `${broker} skipped a message of ${key} without having refused one before it.`)
  }
  return [...failed.values()]
}

function refused(broker: string, { type, meta }: Delivery, reason: string): Error {
  return failure('EW_MESSAGE_REFUSED', `${broker} refuses ${type} ${meta.id}: ${reason}.`, {
    details: { type, id: meta.id, reason },
  })
}
