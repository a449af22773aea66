import { saga, decimal, type FailureCause } from 'eventwright'
import { ReleaseInventory, ReserveInventory } from '../inventory/reserving.ts'
import { ChargePayment, RefundPayment } from '../payments/charging.ts'
import { CancelOrder, ConfirmOrder, OrderCreated } from './order.ts'

/**
 * What makes an order of a wish: its goods are reserved, its payment is charged, then it is confirmed. What cannot be
 * had, or is not known in time, is given back in reverse order, and the order is cancelled.
 */
export const OrderCreation = saga('order-creation', {
  startedBy: OrderCreated,
  id: (order) => order.orderId,
  deadline: '1h',
  objectives: { staleness: '10s' },
})
  .call('reserve-inventory', {
    call: ReserveInventory,
    with: ({ input: { orderId, items } }) => ({ orderId, items }),
    attemptTimeout: '5s',
    undoCall: ReleaseInventory,
    undoWith: ({ input: { orderId } }) => ({ orderId }),
  })
  .call('process-payment', {
    call: ChargePayment,
    with: ({ input: { orderId, total, paymentToken: token } }) => ({ orderId, amount: decimal.round(total, 2), token }),
    attemptTimeout: '1s',
    deadline: '10s',
    retry: { maxAttempts: 20, initial: '200ms', max: '1s' },
    undoCall: RefundPayment,
    undoWith: ({ input: { orderId } }) => ({ orderId }),
  })
  .pivotCall('confirm-order', { call: ConfirmOrder, with: ({ input: { orderId } }) => ({ orderId }) })
  .failed(({ input: { orderId } }, cause) => CancelOrder({ orderId, reason: reasonOf(cause) }))

/** A refusal is a reason by itself; of a payment that nobody answered for, the customer is told so. */
function reasonOf({ step, reason }: FailureCause): string {
  const isUnanswered =
    step === 'process-payment' && (reason === 'timeout' || reason === 'error' || reason === 'deadline')
  return isUnanswered ? 'payment_unanswered' : reason
}
