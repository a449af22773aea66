import { accepted, type AskOptions, type PartyConnection } from './connection.ts'

/** The payment provider. Each call may be repeated with its key: what it asks for happens once. */
export interface PaymentProvider {
  /** Charges a card, or says why it never will. */
  charge(charge: Charge, options?: AskOptions): Promise<ChargeAnswer>
  /** Gives back what was charged under `chargeKey`, and sees to it that nothing will be. Answers the amount. */
  refund(refund: Refund, options?: AskOptions): Promise<string>
  /** What was charged for an order and given back; `0.00` for one that nobody paid for. */
  payments(orderId: string, options?: AskOptions): Promise<Payments>
}

/** What is to be charged: pounds such as `15.30`, and the token of a card. */
export interface Charge {
  readonly key: string
  readonly orderId: string
  readonly amount: string
  readonly token: string
}

/** `withdrawn`: the charge was refunded before it came. */
export type ChargeAnswer =
  | { readonly status: 'charged'; readonly chargeId: string; readonly amount: string }
  | { readonly status: 'declined' | 'withdrawn' }

/** Which charge is to be given back, under a key of its own. */
export interface Refund {
  readonly key: string
  readonly chargeKey: string
}

/** The sums of an order. */
export interface Payments {
  readonly charged: string
  readonly refunded: string
}

/** Asks the payment provider at the other end of a connection. */
export function paymentProvider(connection: PartyConnection): PaymentProvider {
  return {
    async charge(charge, options) {
      const answer = await connection.ask('POST', '/charges', charge, options)
      const { code } = answer.body
      if (code === 'declined' || code === 'withdrawn') return { status: code }
      const { chargeId, amount } = accepted(answer)
      return { status: 'charged', chargeId, amount }
    },
    async refund(refund, options) {
      return accepted(await connection.ask('POST', '/refunds', refund, options)).refunded
    },
    async payments(orderId, options) {
      return accepted(await connection.ask('GET', `/payments/${encodeURIComponent(orderId)}`, undefined, options))
    },
  }
}
