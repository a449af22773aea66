import { t } from 'eventwright'

/** How the customer pays; what each token leads to is up to the payment provider. */
export const PaymentToken = t.enum('tok_ok', 'tok_declined', 'tok_flaky', 'tok_timeout', 'tok_lost')
