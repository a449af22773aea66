import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from 'eventwright'
import { patience } from '../../fixtures/patience.ts'
import { keptSpans } from '../../fixtures/told-spans.ts'
import { all, running } from '../running.fixture.ts'
import { depot, PlaceOrder } from '../saga-system.fixture.ts'

test('a saga is a child of what has begun it: its rounds, its steps, and what they lead to elsewhere', async (t) => {
  const { telemetry, told, wayTo } = keptSpans()
  const open = await running(t, depot, { store: memory(), telemetry })
  await open.execute(PlaceOrder({ orderId: '1', quantity: 2, card: 'good' }))
  assert.ok(await open.caughtUp(patience))
  const spans = told()
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 1)
  const known = new Map(spans.map((span) => [span.spanId, span]))
  assert.deepEqual(
    spans.filter(({ parentId }) => !known.has(parentId ?? '')).map(({ name }) => name),
    ['execute PlaceOrder'],
  )
  const rounds = spans.filter(({ name }) => name === 'advance fulfilment')
  const [placed] = spans.filter(({ name }) => name === 'execute PlaceOrder')
  assert.deepEqual(
    rounds.map(({ parentId, attributes }) => [
      parentId,
      attributes['eventwright.events'],
      attributes['eventwright.saga.asked'],
    ]),
    [
      [placed!.spanId, ['SagaStarted', 'StepRequested'], ['reserve']],
      [placed!.spanId, ['StepSucceeded', 'StepRequested'], ['charge']],
      [placed!.spanId, ['StepSucceeded', 'StepRequested'], ['confirm']],
      [placed!.spanId, ['StepSucceeded', 'SagaCompleted'], undefined],
    ],
  )
  // Each answer that came over a channel is linked to.
  assert.deepEqual(
    rounds.map(({ links }) => links.map((id) => known.get(id)!.name)),
    [[], ['process orders.replies'], ['process orders.replies'], []],
  )
  assert.deepEqual(wayTo('execute ConfirmOrder'), [
    'execute PlaceOrder',
    'advance fulfilment',
    'step fulfilment.confirm',
    'execute ConfirmOrder',
  ])
  const [step] = spans.filter(({ name }) => name === 'step fulfilment.confirm')
  assert.equal(step!.attributes['eventwright.outcome'], 'done')
  assert.deepEqual(wayTo('execute Ship').slice(-5), [
    'process orders',
    'advance shipping',
    'send shipping.commands',
    'process shipping.commands',
    'execute Ship',
  ])
  for (const { meta } of await all(open.events.log())) assert.ok(known.has(meta['traceparent']!.split('-')[2]!))
})
