import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory, service, subscription, system } from 'eventwright'
import { patience } from '../../fixtures/patience.ts'
import { keptSpans } from '../../fixtures/told-spans.ts'
import {
  Mailbox,
  Order,
  OrderPlaced,
  orderEvents,
  PlaceOrder,
  SendLetter,
  shopWith,
  thanks,
} from '../messages.fixture.ts'
import { running } from '../running.fixture.ts'

test('what an event leads to over channels and services is one tree, and messages are linked to who has sent them', async (t) => {
  const { telemetry, told, wayTo } = keptSpans()
  const shop = await running(t, shopWith(thanks), { store: memory(), telemetry })
  await shop.execute(PlaceOrder({ orderId: '1', customer: 'ada' }), { correlationId: 'c-1' })
  assert.ok(await shop.caughtUp(patience))
  assert.deepEqual(wayTo('execute SendLetter'), [
    'execute PlaceOrder',
    'send orders',
    'process orders',
    'send mail.commands',
    'process mail.commands',
    'execute SendLetter',
  ])
  const spans = told()
  assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 1)
  assert.equal(spans.filter(({ parentId }) => !spans.some(({ spanId }) => spanId === parentId)).length, 1)
  const [send, process] = ['send orders', 'process orders'].map((name) => spans.find((span) => span.name === name)!)
  assert.deepEqual([send!.kind, process!.kind, process!.links], ['producer', 'consumer', [send!.spanId]])
  const id = send!.attributes['messaging.message.id']
  const message = {
    'messaging.system': 'eventwright',
    'messaging.destination.name': 'orders',
    'messaging.message.id': id,
    'messaging.message.conversation_id': 'c-1',
    'eventwright.message.type': 'orders.OrderPlaced',
  }
  const operation = (name: string) => ({ 'messaging.operation.name': name, 'messaging.operation.type': name })
  assert.deepEqual(send!.attributes, { ...message, ...operation('send') })
  const { 'messaging.destination.partition.id': partition, ...processed } = process!.attributes
  const group = { 'messaging.consumer.group.name': 'mail/subscription:thanks' }
  assert.deepEqual(processed, { ...message, ...operation('process'), ...group })
  assert.match(String(partition), /^\d+$/)
})

test('a handler runs within the span of its attempt, and its meta passes that on', async (t) => {
  const { telemetry, told } = keptSpans()
  const seen: (string | undefined)[] = []
  const slow = subscription('slow', { from: orderEvents, retry: { initial: '1ms' } }).on({
    async OrderPlaced(e, { meta, send }) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      seen.push(meta.traceparent, telemetry.active().traceparent)
      if (seen.length < 5) throw new RangeError('a secret')
      send(SendLetter({ to: e.customer, text: meta.correlationId }))
    },
  })
  const shop = await running(t, shopWith(slow), { store: memory(), telemetry })
  await shop.execute(PlaceOrder({ orderId: '1', customer: 'ada' }))
  assert.ok(await shop.caughtUp(patience))
  const attempts = told().filter(({ name }) => name === 'process orders')
  const traces = attempts.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`)
  assert.deepEqual(
    seen,
    traces.flatMap((trace) => [trace, trace]),
  )
  assert.deepEqual(
    attempts.map(({ failed, attributes }) => [failed, attributes['eventwright.attempt'], attributes['error.type']]),
    [
      [true, undefined, 'RangeError'],
      [true, 2, 'RangeError'],
      [false, 3, undefined],
    ],
  )
  const [sent] = told().filter(({ name }) => name === 'send mail.commands')
  assert.equal(sent!.parentId, attempts[2]!.spanId)
})

test('an event of the log is handled within a span too', async (t) => {
  const { telemetry, wayTo } = keptSpans()
  const near = subscription('near', { from: [OrderPlaced] }).on({
    OrderPlaced: (e, { execute }) => execute(SendLetter({ to: e.customer, text: 'hello' })),
  })
  const one = system('one', { services: [service('shop', { parts: [Order, Mailbox, near] })] })
  const shop = await running(t, one, { store: memory(), telemetry })
  await shop.execute(PlaceOrder({ orderId: '1', customer: 'ada' }))
  assert.ok(await shop.caughtUp(patience))
  assert.deepEqual(wayTo('execute SendLetter'), ['execute PlaceOrder', 'handle OrderPlaced', 'execute SendLetter'])
})
