import { aggregate, event, t } from 'eventwright'
import { Name } from '../order-line.ts'

/** Pounds sterling as they are charged: with two digits. */
export const Charged = t.decimal(30, 2)

export const PaymentCharged = event('PaymentCharged', { orderId: Name, chargeId: t.string(), amount: Charged })
/** What was charged is given back; nothing, where no charge had come through. */
export const PaymentRefunded = event('PaymentRefunded', { orderId: Name, amount: Charged })

/** Stream `Payment/<orderId>`: what the provider has done. The provider decides; handlers record. */
export const Payment = aggregate('Payment', {
  events: [PaymentCharged, PaymentRefunded],
  commands: [],
  id: () => '',
  initial: () => 'none',
})
  .evolve({ PaymentCharged: () => 'charged', PaymentRefunded: () => 'refunded' })
  .decide({})
