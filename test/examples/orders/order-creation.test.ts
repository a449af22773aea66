import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explore, processSpec, sagaSpec } from 'eventwright/testing'
import { ReleaseInventory, ReserveInventory } from '../../../examples/orders/shop/inventory/reserving.ts'
import { ItemsIssued } from '../../../examples/orders/shop/inventory/reservation.ts'
import { OrderCreation } from '../../../examples/orders/shop/orders/order-creation.ts'
import { CancelOrder, ConfirmOrder, OrderConfirmed, OrderCreated } from '../../../examples/orders/shop/orders/order.ts'
import { ChargePayment, RefundPayment } from '../../../examples/orders/shop/payments/charging.ts'
import { DispatchParcel } from '../../../examples/orders/shop/shipping/parcel.ts'
import { Shipping } from '../../../examples/orders/shop/shipping/shipping.ts'

const orderId = 'o-1'
const items = [{ sku: 'LAMP', quantity: 3, unitPrice: '2.555' }]
const created = OrderCreated({
  orderId,
  customerId: 'ada',
  country: 'France',
  items,
  total: '7.665',
  paymentToken: 'tok_ok',
})
const reserved = sagaSpec(OrderCreation)
  .start(created)
  .expect(ReserveInventory({ orderId, items }), 'running')
  .reply('reserve-inventory', { reservationId: orderId })
  .expect(ChargePayment({ orderId, amount: '7.66', token: 'tok_ok' }))

test('an order is reserved, charged what customers see, and confirmed', () => {
  reserved
    .reply('process-payment', { chargeId: 'ch-1' })
    .expect(ConfirmOrder({ orderId }))
    .reply('confirm-order')
    .expect('completed')
})

test('an order beyond stock is cancelled, and nobody is asked for anything else', () => {
  sagaSpec(OrderCreation)
    .start(created)
    .expect(ReserveInventory({ orderId, items }))
    .refuse('reserve-inventory', 'out_of_stock')
    .expect(CancelOrder({ orderId, reason: 'out_of_stock' }))
    .recorded()
    .expect('compensated')
})

test('a declined card frees the goods before the order is cancelled', () => {
  reserved
    .refuse('process-payment', 'payment_declined')
    .expect(ReleaseInventory({ orderId }), 'compensating')
    .undone('reserve-inventory')
    .expect(CancelOrder({ orderId, reason: 'payment_declined' }))
    .recorded()
    .expect('compensated')
})

test('a charge that nobody knows of is refunded, as if it had happened', () => {
  // Ten seconds in all, however many attempts that is.
  let lost = reserved
  for (let attempt = 1; lost.state.status === 'running'; attempt++) {
    assert.ok(attempt <= 20, 'it gives up')
    lost = lost.advance()
  }
  assert.match(lost.timeline, /10 s .*\n.*StepOutcomeUnknown process-payment \(timeout\)/)
  assert.match(lost.timeline, /UndoRequested process-payment/)
  lost
    .undone('process-payment')
    .undone('reserve-inventory')
    .recorded()
    .expectCause({ step: 'process-payment', reason: 'deadline' })
})

test('whatever happens to an order, it ends confirmed, cancelled with nothing left behind, or visibly stuck', (t) => {
  const began = performance.now()
  const { combinations, worlds, ends, summary } = explore(OrderCreation, { input: created })
  t.diagnostic(`${summary} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
  assert.ok(combinations > 1_000_000, `${combinations} combinations`)
  assert.ok(worlds > 10_000, `${worlds} worlds`)
  assert.deepEqual(Object.keys(ends).sort(), ['compensated', 'completed', 'stuck'])
})

test('a parcel is dispatched once its order is confirmed and its goods are issued, in either order', () => {
  const confirmed = OrderConfirmed({
    orderId,
    customerId: 'ada',
    country: 'France',
    total: '7.665',
    orderedAt: '2010-12-01T08:26:00.000Z',
  })
  const issued = ItemsIssued({ orderId })
  const dispatch = DispatchParcel({ orderId })
  processSpec(Shipping).given(confirmed).expect().given(issued).expect(dispatch).expectEnd()
  processSpec(Shipping).given(issued).expect().given(confirmed).expect(dispatch).expectEnd()
})
