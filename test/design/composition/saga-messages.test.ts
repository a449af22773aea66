import assert from 'node:assert/strict'
import { test } from 'node:test'
import { saga } from 'eventwright'
import { asks, eventsOfSaga, failureCommand, messagesOfSaga } from '../../../src/design/composition/saga-messages.ts'
import {
  CancelOrder,
  OrderApproved,
  OrderCreated,
  orderCreation,
  orderHandling,
} from '../../runtime/sagas/order.fixture.ts'

const begin = () => saga('order', { startedBy: OrderCreated, id: (e) => e.orderId })

test('the messages of a saga are its events, its commands, their undos and the one of .failed', () => {
  const commands = 'ReserveInventory ReleaseInventory ChargePayment RefundPayment ConfirmOrder CancelOrder'.split(' ')
  assert.deepEqual(
    messagesOfSaga(orderCreation).map(({ type }) => type),
    ['OrderCreated', ...commands],
  )
  assert.deepEqual(eventsOfSaga(orderHandling), [OrderCreated, OrderApproved])
})

test('a .failed that cannot be tried out names no command', () => {
  const throwing = begin().failed(() => {
    throw new Error('not without outputs')
  })
  assert.equal(failureCommand(throwing), undefined)
  assert.equal(failureCommand(orderHandling), undefined)
  assert.equal(failureCommand(orderCreation), CancelOrder)
})

test('a saga asks when it sends a command, if only the one that records its failure', () => {
  const alone = begin().step('a', { do: () => 1, noUndo: 'read-only' })
  assert.equal(asks(alone), false)
  assert.equal(asks(alone.failed(() => CancelOrder({ orderId: '1', reason: '' }))), true)
  assert.equal(asks(orderHandling), true)
})
