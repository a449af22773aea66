import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from 'eventwright'
import { until, running } from '../running.fixture.ts'
import { depot, PlaceOrder } from '../saga-system.fixture.ts'

test('steps tell how an instance stands at each, what was undone, and the command that records the failure', async (t) => {
  const open = await running(t, depot, { store: memory() })
  await open.execute(PlaceOrder({ orderId: 'a', quantity: 1, card: 'good' }), { correlationId: 'c-1' })
  await open.execute(PlaceOrder({ orderId: 'b', quantity: 1, card: 'bad' }))
  const isClosed = async (id: string): Promise<boolean> => (await open.inspect.saga(id))?.closed === true
  await until('both have ended', async () => (await isClosed('fulfilment/a')) && (await isClosed('fulfilment/b')))
  await until('the process has begun', async () => (await open.inspect.saga('shipping/a')) !== undefined)
  const done = (await open.inspect.saga('fulfilment/a'))!
  assert.equal(done.correlationId, 'c-1')
  assert.deepEqual(
    done.steps!.map(({ step, kind, phase, message, undoMessage, outcome, undoState }) => {
      return [step, kind, phase, message, undoMessage, outcome, undoState]
    }),
    [
      ['reserve', 'call', 'before', 'Reserve', 'Release', 'done', 'registered'],
      ['charge', 'call', 'pivot', 'Charge', undefined, 'done', 'none'],
      ['confirm', 'call', 'after', 'ConfirmOrder', undefined, 'done', 'none'],
    ],
  )
  assert.deepEqual(done.steps![1]!.output, { paymentId: 'payment-a' })
  assert.ok(done.orders!.every(({ refusal }) => refusal === 'the saga is completed'))
  const undone = (await open.inspect.saga('fulfilment/b'))!
  assert.deepEqual(
    undone.steps!.map(({ step, message, outcome, undoState, code }) => [step, message, outcome, undoState, code]),
    [
      ['reserve', 'Reserve', 'done', 'done', undefined],
      ['charge', 'Charge', 'failed', 'none', 'declined'],
      ['confirm', 'ConfirmOrder', 'not asked', 'none', undefined],
      ['failed', 'CancelOrder', 'done', 'none', undefined],
    ],
  )
  const process = (await open.inspect.saga('shipping/a'))!
  assert.deepEqual([process.steps, process.orders], [undefined, undefined])
})
