import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeclaredConsumer } from '../../../src/runtime/housekeeping/declared-consumer.ts'
import { bazaar } from '../housekeeping.fixture.ts'
import { running } from '../running.fixture.ts'
import { depot } from '../saga-system.fixture.ts'
import { memory } from 'eventwright'

test('every consumer of messages that a system runs is one that its design has', async (t) => {
  for (const system of [bazaar, depot]) {
    const open = await running(t, system, { store: memory() })
    const names = (await open.inspect.consumers())
      .filter(({ name, source }) => source !== 'timers' && (source !== 'log' || name.includes('/relay:')))
      .map(({ name }) => name)
    assert.ok(names.length >= 10, names.join())
    const unknown = names.filter((name) => !isDeclaredConsumer(system.graph, name))
    assert.deepEqual(unknown, [])
  }
})

test('what the design has lost, what belongs to another service and what is no consumer of messages is none', () => {
  const none = ['gone/outbox', 'gone/commands', 'orders/relay:gone', 'stock/relay:orders', 'orders/saga:gone<orders']
  const others = ['stock/saga:approval', 'orders/subscription:letters', 'orders/timers', 'view:orders', '', 'orders/']
  for (const name of [...none, ...others]) assert.equal(isDeclaredConsumer(bazaar.graph, name), false, name)
})
