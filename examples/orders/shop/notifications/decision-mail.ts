import { decimal, subscription } from 'eventwright'
import type { MailGateway } from '../../outside/mail-gateway.ts'
import { orderEvents } from '../orders/channels.ts'

/**
 * Tells customers what became of their orders, within a minute. The gateway takes a key once, so a repeat reaches
 * nobody twice.
 */
export const decisionMail = (mail: MailGateway) =>
  subscription('decision-mail', {
    from: orderEvents,
    concurrency: 32,
    retry: { maxAttempts: 8 },
    objectives: { lag: 1_000, staleness: '1m' },
  }).on({
    OrderConfirmed: ({ orderId, customerId: to, total }, { key, signal }) =>
      mail.send(
        {
          key,
          to,
          subject: `Your order ${orderId} is confirmed`,
          text: `Thank you. We have charged £${decimal.round(total, 2)} and send your goods.`,
        },
        { signal },
      ),
    OrderCancelled: ({ orderId, customerId: to, reason }, { key, signal }) =>
      mail.send(
        {
          key,
          to,
          subject: `Your order ${orderId} is cancelled`,
          text: `We are sorry: ${reason.replaceAll('_', ' ')}. You pay nothing.`,
        },
        { signal },
      ),
  })
