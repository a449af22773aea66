import { command, event, t } from 'eventwright'
import type { AnySaga } from '../../../src/design/sagas/definition.ts'
import { saga } from '../../../src/design/sagas/saga.ts'

export const OrderCreated = event('OrderCreated', { orderId: t.string(), sku: t.string(), total: t.decimal(12, 2) })
export const OrderApproved = event('OrderApproved', { orderId: t.string(), by: t.string() })
export const ReserveInventory = command('ReserveInventory', { orderId: t.string(), sku: t.string() })
  .replies({ reservationId: t.string() })
  .refuses('out_of_stock', 'stock_taking')
export const ReleaseInventory = command('ReleaseInventory', {
  byKey: t.string(),
  reservationId: t.string().optional(),
}).refuses('locked')
export const ChargePayment = command('ChargePayment', { orderId: t.string(), amount: t.decimal(12, 2) })
  .replies({ paymentId: t.string() })
  .refuses('card_declined')
export const RefundPayment = command('RefundPayment', { byKey: t.string(), of: t.string() })
export const ConfirmOrder = command('ConfirmOrder', { orderId: t.string() }).refuses('order_cancelled')
export const ShipOrder = command('ShipOrder', { orderId: t.string(), paymentId: t.string() }).refuses('no_address')
export const CancelOrder = command('CancelOrder', { orderId: t.string(), reason: t.string() }).refuses(
  'order_confirmed',
)

/** Reserve, charge, confirm: the pivot is the last step. */
export const OrderCreation = saga('order-creation', { startedBy: OrderCreated, id: (e) => e.orderId, deadline: '1h' })
  .call('reserve-inventory', {
    call: ReserveInventory,
    with: ({ input: { orderId, sku } }) => ({ orderId, sku }),
    attemptTimeout: '5s',
    retry: { maxAttempts: 3, initial: '1s', nonRetryable: ['out_of_stock'] },
    undoCall: ReleaseInventory,
    undoWith: (s) => ({
      byKey: s.sagaId,
      ...(s.of.status === 'done' ? { reservationId: s.of.output.reservationId } : {}),
    }),
    undoRetry: { maxAttempts: 3 },
  })
  .call('process-payment', {
    call: ChargePayment,
    with: (s) => ({ orderId: s.input.orderId, amount: s.input.total }),
    attemptTimeout: '1s',
    deadline: '10s',
    retry: { maxAttempts: 2, initial: '200ms' },
    undoCall: RefundPayment,
    undoWith: (s) => ({ byKey: s.sagaId, of: s.of.status }),
    undoRetry: { maxAttempts: 3 },
  })
  .pivotCall('confirm-order', {
    call: ConfirmOrder,
    with: (s) => ({ orderId: s.input.orderId }),
    attemptTimeout: '5s',
    retry: { maxAttempts: 3 },
  })
  .failed((s, cause) => CancelOrder({ orderId: s.input.orderId, reason: cause.reason }))

/** One step of every kind: functions, recorded effects, a wait, a pivot that runs here, steps after it. */
export const OrderHandling = saga('order-handling', { startedBy: OrderCreated, id: (e) => e.orderId, version: 2 })
  .step('quote', { do: (s) => ({ price: s.input.total }), noUndo: 'read-only' })
  .step('hold', {
    do: (_s, meta) => ({ hold: meta.key }),
    undo: (s) => [s.of.status],
    retry: { maxAttempts: 2, initial: '1s' },
    undoRetry: { maxAttempts: 2 },
  })
  .local('note', { do: () => ({ noted: true }), undo: () => undefined, retry: { maxAttempts: 2 }, deadline: '1m' })
  .waitFor('approval', {
    event: OrderApproved,
    by: (e) => e.orderId,
    correlate: (s) => s.input.orderId,
    within: '24h',
    onTimeout: 'fail',
  })
  .pivot('decide', { do: (s) => ({ by: s.steps.approval.by }), retry: { maxAttempts: 2 } })
  .finishCall('ship', {
    call: ShipOrder,
    with: (s) => ({ orderId: s.input.orderId, paymentId: s.steps.decide.by }),
    attemptTimeout: '5s',
  })
  .finish('tell', { do: () => undefined })

export const orderCreation: AnySaga = OrderCreation
export const orderHandling: AnySaga = OrderHandling

export const started = { orderId: '7', sku: 'tea', total: '15.30' }
