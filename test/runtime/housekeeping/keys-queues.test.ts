import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { memory } from 'eventwright'
import { silentLog } from '../../../src/base/log.ts'
import type { Waiting } from '../../../src/ports/broker.ts'
import type { Store } from '../../../src/ports/store.ts'
import { keepMs } from '../../../src/runtime/housekeeping/keep.ts'
import { forgetKeys } from '../../../src/runtime/housekeeping/keys.ts'
import { commitOne, inbox, unit, won } from '../../../src/testing/contracts/store-case.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { queueBroker, Queues } from '../../fixtures/queue-broker.ts'
import { bazaar } from '../housekeeping.fixture.ts'

const day = 24 * 60 * 60_000

/** Whether a key of eight days ago goes, while so much waits in a queue. */
async function goes(t: TestContext, waiting: Waiting): Promise<boolean> {
  const clock = fakeClock()
  const opened = await memory().open({ clock })
  t.after(() => opened.close())
  const broker = queueBroker(new Queues(), () => clock.now())
  await broker.ensure([{ name: 'orders', partitions: 1, retentionMs: undefined }])
  const store: Store = { ...opened, broker: { ...broker, waiting: async () => [waiting] } }
  won(await commitOne(store, { ...unit('Order/1'), inbox: [inbox('k')] }))
  // Its position is a number of its own and says nothing.
  await store.ownership.ensure('stock/subscription:letters', 'orders', 1, 1_000)
  await clock.advance(9 * day)
  const nowMs = await store.now()
  await forgetKeys({
    graph: bazaar.graph,
    store,
    log: silentLog,
    keep: keepMs({ keys: '8d' }),
    nowMs,
    lastMs: nowMs - day,
    notedMs: nowMs - 3 * day,
    note: async () => undefined,
    drain: async (batch, take) => {
      while ((await take(batch)) === batch) continue
    },
  })
  return (await store.inbox.get('shop', 'commands', 'k')) === undefined
}

test('keys go while the queues of readers are empty or what waits in them is fresh', async (t) => {
  assert.equal(await goes(t, { count: 0, oldestMs: undefined }), true)
  assert.equal(await goes(t, { count: 7, oldestMs: fakeClock().now() + 8 * day }), true)
})

test('keys stay while a queue holds something old, or something of which nobody knows how old it is', async (t) => {
  assert.equal(await goes(t, { count: 1, oldestMs: fakeClock().now() }), false)
  assert.equal(await goes(t, { count: 1, oldestMs: undefined }), false)
})
