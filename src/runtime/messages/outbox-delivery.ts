import { timestampOf } from '../../base/clock.ts'
import type { Meta } from '../../design/meta.ts'
import { storeSources } from '../../design/sources.ts'
import type { OutgoingMessage } from '../../ports/broker.ts'
import type { OutboxRow, OutboxTable } from '../../ports/outbox.ts'
import type { MessageFacts } from '../../ports/parked.ts'
import type { Delivery, Source } from '../loop/delivery.ts'
import { messageFacts, readHeaders } from './wire.ts'

/** A row of the outbox on its way to the broker. */
export class OutboxDelivery implements Delivery {
  readonly row: OutboxRow

  constructor(row: OutboxRow) {
    this.row = row
  }
  get type(): string {
    return this.row.type
  }
  get position(): number {
    return this.row.position
  }
  get key(): string {
    return this.row.key
  }
  get meta(): Meta {
    const { id, channel, position, recordedAtMs } = this.row
    const headers = readHeaders(this.message)
    const recordedAt = timestampOf(recordedAtMs)
    return {
      id,
      stream: channel,
      version: position,
      position,
      occurredAt: headers['ce_time'] ?? recordedAt,
      recordedAt,
      correlationId: headers['ce_correlationid'] ?? id,
      causationId: headers['ce_causationid'] ?? id,
    }
  }
  get data(): unknown {
    return this.row.value
  }
  /** The outbox is trimmed behind its relays, so what is parked is kept whole. */
  get raw(): string {
    return JSON.stringify(this.row)
  }
  get inboxKey(): undefined {
    return undefined
  }
  get facts(): MessageFacts {
    return { ...messageFacts(this.message), type: this.row.type }
  }
  get message(): OutgoingMessage {
    const { channel, key, id, headers, value } = this.row
    return { channel, key, id, headers, value }
  }
}

/** A row that was parked, as it was. */
export function parkedRow(raw: string): OutboxDelivery {
  return new OutboxDelivery(JSON.parse(raw) as OutboxRow)
}

/** The consumer that sends what a service has put into the outbox. */
export function outboxRelay(service: string): string {
  return `${service}/${storeSources.outbox}`
}

/** The service whose messages a relay sends. */
export function serviceOfRelay(consumer: string): string {
  return consumer.slice(0, -`/${storeSources.outbox}`.length)
}

/** The outbox as the source of a relay. */
export function outboxSource(outbox: OutboxTable): Source {
  return {
    async after({ position }, limit) {
      return (await outbox.after(position, limit)).map((row) => new OutboxDelivery(row))
    },
    async ends() {
      const head = await outbox.head()
      return () => head
    },
  }
}
