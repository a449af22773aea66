import { service } from 'eventwright'
import type { PaymentProvider } from '../../outside/payment-provider.ts'
import { charging } from './charging.ts'
import { Payment } from './payment.ts'

/** Charges and refunds through a payment provider. */
export const payments = (provider: PaymentProvider) =>
  service('payments', { owner: 'team-payments', parts: [Payment, ...charging(provider)] })
