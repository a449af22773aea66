import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memory } from 'eventwright'
import type { Broker, Waiting } from '../../../src/ports/broker.ts'
import type { Store } from '../../../src/ports/store.ts'
import { pendingOf } from '../../../src/runtime/lag/pending.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { queueBroker, Queues } from '../../fixtures/queue-broker.ts'

test('of queues the broker counts what waits for each reader, whatever its position says', async (t) => {
  const clock = fakeClock()
  const opened = await memory().open({ clock })
  t.after(() => opened.close())
  const waiting: Record<string, readonly Waiting[]> = {
    one: [
      { count: 3, oldestMs: 42 },
      { count: 0, oldestMs: undefined },
    ],
    two: [
      { count: 0, oldestMs: undefined },
      { count: 9, oldestMs: undefined },
    ],
  }
  const queues = queueBroker(new Queues(), () => clock.now())
  const broker: Broker = {
    ...queues,
    capabilitiesOf: async (channel) => queues.bounds(channel).then(() => queues.capabilities),
    waiting: async (_channel, group) => waiting[group]!,
  }
  await broker.ensure([{ name: 'orders', partitions: 2, retentionMs: undefined }])
  const store: Store = { ...opened, broker }
  const consumers = []
  for (const consumer of ['one', 'two']) {
    for (const buckets of [1, 2]) await store.ownership.ensure(consumer, 'orders', buckets, 1_000)
    consumers.push({ consumer, source: 'orders', rows: await store.ownership.list(consumer) })
  }
  const found = await pendingOf(store, consumers, clock.now())
  const told = consumers.flatMap(({ rows }) => rows).map((row) => [found.get(row)?.count, found.get(row)?.oldestMs])
  assert.deepEqual(told, [
    [3, 42],
    [0, undefined],
    [0, undefined],
    [9, undefined],
  ])
  // A channel that is gone has nothing that is known to wait.
  await broker.remove('orders')
  const gone = await pendingOf(store, consumers, clock.now())
  assert.ok([...gone.values()].every(({ count }) => count === 0))
})
