import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { newId } from '../../../src/base/ids.ts'
import type { Broker, OutgoingMessage } from '../../../src/ports/broker.ts'
import { clientSockets } from '../../fixtures/client-sockets.ts'
import { freshKafka } from '../../fixtures/fresh-kafka.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { until } from '../../runtime/running.fixture.ts'

const keys = Array.from({ length: 30 }, (_, n) => `key ${n}`)

function messages(): readonly OutgoingMessage[] {
  return keys.map((key) => ({ channel: 'orders', key, id: newId(), headers: '{}', value: '1' }))
}

async function counts(broker: Broker): Promise<readonly number[]> {
  return (await broker.bounds('orders')).map(({ next }) => next)
}

if (kafkaBrokers() !== undefined)
  test('partitions that are added while it runs take no key from the one that has its messages', async (t) => {
    const fresh = freshKafka()
    const sockets = clientSockets(new Set(fresh.brokers.map((each) => Number(each.split(':')[1]))))
    t.after(() => sockets.close())
    const open = async (): Promise<Broker> => {
      const opened = await fresh.adapter.open({ clock: systemClock })
      t.after(() => opened.close())
      return opened
    }
    const broker = await open()
    const declared = { name: 'orders', partitions: 2, retentionMs: undefined }
    await broker.ensure([declared])
    await broker.publish(messages())
    const before = await counts(broker)
    await fresh.admin.createPartitions({ topics: [{ name: `${fresh.prefix}orders`, count: 5, assignments: null }] })
    const other = await open()
    await until('the cluster knows of them', async () => (await counts(other)).length === 5, 60_000)
    // This one asks again when a connection breaks, or after half a minute.
    let calls = 1
    for (const deadline = performance.now() + 60_000; (await counts(broker)).length < 5; calls++) {
      assert.ok(performance.now() < deadline, 'it does not hear of them')
      const call = broker.publish(messages())
      sockets.cutAll()
      await call
    }
    await broker.publish(messages())
    assert.deepEqual(await counts(other), [...before.map((count) => (calls + 1) * count), 0, 0, 0])
    await assert.rejects(other.ensure([declared]), { code: 'EW_CHANNEL_CHANGED', message: /has 5 partitions, not 2/ })
    await other.ensure([{ ...declared, partitions: 5 }])
    await other.publish(messages())
    assert.ok((await counts(other)).every((count) => count > 0))
  })
