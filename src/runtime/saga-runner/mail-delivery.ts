import { failure } from '../../base/errors.ts'
import type { Meta } from '../../design/meta.ts'
import type { MessageFacts, ParkedDelivery } from '../../ports/parked.ts'
import type { SagaMailRow } from '../../ports/sagas.ts'
import type { Delivery } from '../loop/delivery.ts'

/** Mail on its way to an instance, or parked under its id. */
export class MailDelivery implements Delivery {
  readonly mail: SagaMailRow
  readonly key: string

  constructor(instance: string, mail: SagaMailRow) {
    this.key = instance
    this.mail = mail
  }
  get type(): string {
    return this.mail.kind
  }
  get position(): number {
    return this.mail.seq
  }
  get data(): unknown {
    return this.mail.body
  }
  /** Mail that was parked is used up, so it is kept whole. */
  get raw(): string {
    return JSON.stringify(this.mail)
  }
  get inboxKey(): undefined {
    return undefined
  }
  get facts(): MessageFacts {
    const { type, schemaVersion, meta, origin, eventId } = told(this.mail.body)
    return {
      id: meta?.id ?? eventId ?? origin?.causationId ?? this.mail.key,
      type: type ?? this.mail.kind,
      schemaVersion: schemaVersion ?? null,
      correlationId: meta?.correlationId ?? origin?.correlationId ?? null,
    }
  }
  get meta(): Meta {
    throw failure('EW_DESIGN', `The mail ${this.mail.key} for ${this.mail.address} is no event.`)
  }
}

/** What was parked, as it came. */
export function parkedMail(instance: string, { raw }: ParkedDelivery): MailDelivery {
  return new MailDelivery(instance, JSON.parse(raw!) as SagaMailRow)
}

/** Whatever bodies of any kind say about where they come from. */
interface Told {
  readonly type?: string
  readonly schemaVersion?: number
  readonly eventId?: string
  readonly meta?: { readonly id: string; readonly correlationId: string }
  readonly origin?: { readonly correlationId: string; readonly causationId: string }
}

function told(body: string): Told {
  try {
    return JSON.parse(body) as Told
  } catch {
    return {}
  }
}
