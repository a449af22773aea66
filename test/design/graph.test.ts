import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, command, isEventwrightError, process, saga, service, system, t } from 'eventwright'
import { OrderApproved, OrderCreated } from '../runtime/sagas/order.fixture.ts'

const Create = command('Create', { orderId: t.string() })
const id = (message: { readonly orderId: string }): string => message.orderId
const Order = aggregate('Order', { events: [OrderCreated], commands: [Create], id, initial: () => 0 })
  .evolve({ OrderCreated: () => 1 })
  .decide({ Create: (c) => OrderCreated({ ...c, sku: 'tea', total: '1.00' }) })
const begin = () => saga('handling', { startedBy: OrderCreated, id }).step('a', { do: () => 1, noUndo: 'read-only' })
const counting = process('counting', { initial: () => 0 }).on(OrderCreated, id, () => ({}))

test('the graph has sagas and processes, their owners, what feeds them, and events know who reads them', () => {
  const handling = begin()
  const { graph } = system('shop', { services: [service('orders', { parts: [Order, handling, counting] })] })
  assert.deepEqual({ ...graph.sagas.get('handling') }, { definition: handling, service: 'orders' })
  assert.deepEqual({ ...graph.processes.get('counting') }, { definition: counting, service: 'orders' })
  const { sagas, processes } = graph.events.get('OrderCreated')!
  assert.deepEqual({ sagas, processes }, { sagas: ['handling'], processes: ['counting'] })
  assert.deepEqual([...graph.feeds.keys()], ['saga:handling', 'process:counting'])
  assert.equal(graph.feeds.get('saga:handling')?.feeds[0]?.source, 'log')
  assert.equal(graph.feeds.get('saga:handling')?.service, 'orders')
})

test('a saga that waits for what starts it is one reader of that event', () => {
  const again = begin().waitFor('again', {
    event: OrderCreated,
    by: id,
    correlate: () => '2',
    within: '1h',
    onTimeout: 'fail',
  })
  const { graph } = system('shop', { services: [service('orders', { parts: [Order, again] })] })
  assert.deepEqual(graph.events.get('OrderCreated')?.sagas, ['handling'])
})

test('an event that nobody emits and a command that nobody handles are found in sagas and processes', () => {
  const waiting = begin().waitFor('w', {
    event: OrderApproved,
    by: id,
    correlate: id as never,
    within: '1h',
    onTimeout: 'fail',
  })
  const lost = command('Lost', { orderId: t.string() })
  const calling = waiting.finishCall('c', { call: lost, with: (s) => ({ orderId: s.input.orderId }) })
  const following = counting.on(OrderApproved, id, () => ({}))
  assert.throws(
    () => system('shop', { services: [service('orders', { parts: [Order, calling, following] })] }),
    (error: Error) =>
      isEventwrightError(error, 'EW_COMPOSITION') &&
      /saga handling: No aggregate of the system emits the event OrderApproved/.test(error.message) &&
      /saga handling: No part of the system handles the command Lost/.test(error.message) &&
      /process counting: No aggregate of the system emits the event OrderApproved/.test(error.message),
  )
})
