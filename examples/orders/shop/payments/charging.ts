import { command, handle, reject, t } from 'eventwright'
import { OutsideError } from '../../outside/outside-error.ts'
import type { PaymentProvider } from '../../outside/payment-provider.ts'
import { Name } from '../order-line.ts'
import { PaymentToken } from './payment-token.ts'
import { Charged, Payment, PaymentCharged, PaymentRefunded } from './payment.ts'

/** Charges the card behind the token, once for an order. */
export const ChargePayment = command('ChargePayment', { orderId: Name, amount: Charged, token: PaymentToken })
  .replies({ chargeId: t.string() })
  .refuses('payment_declined', 'payment_refused')

/** Gives back what was charged for an order, and sees to it that nothing will be. */
export const RefundPayment = command('RefundPayment', { orderId: Name })

/** Half of an attempt of the saga, so that a silent provider delays no other payment by much. */
const patienceMs = 500

/**
 * The handlers ask the provider by keys that depend on the order alone, so that a repeat, or a refund that overtakes
 * its charge, finds it. What the provider has done is recorded with the outcome of the command.
 */
export function charging(provider: PaymentProvider) {
  const charge = handle(
    ChargePayment,
    async ({ orderId, amount, token }, { append, signal }) => {
      const asked = { key: chargeKey(orderId), orderId, amount, token }
      const answer = await provider.charge(asked, { signal, timeoutMs: patienceMs }).catch(refusedBy)
      if (answer.status === 'declined') return reject('payment_declined')
      if (answer.status !== 'charged') return reject('payment_refused', answer.status)
      const { chargeId } = answer
      append(Payment, orderId, PaymentCharged({ orderId, chargeId, amount }))
      return { chargeId }
    },
    { outside: true },
  )
  const refund = handle(
    RefundPayment,
    async ({ orderId }, { append, signal }) => {
      const asked = { key: `refund/${orderId}`, chargeKey: chargeKey(orderId) }
      const amount = await provider.refund(asked, { signal, timeoutMs: patienceMs })
      append(Payment, orderId, PaymentRefunded({ orderId, amount }))
    },
    { outside: true },
  )
  return [charge, refund] as const
}

function chargeKey(orderId: string): string {
  return `charge/${orderId}`
}

/** What the provider refuses it will refuse again; everything else is worth another attempt. */
function refusedBy(error: unknown): { readonly status: 'refused' } {
  if (error instanceof OutsideError && error.code === 'outside_refused') return { status: 'refused' }
  throw error
}
