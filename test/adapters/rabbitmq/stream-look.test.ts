import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '../../../src/base/ids.ts'
import type { PartitionBounds } from '../../../src/ports/broker.ts'
import { rabbitmqUrl } from '../../fixtures/rabbitmq.ts'
import { until } from '../../runtime/running.fixture.ts'
import { bareChannel, messageOf, openedBroker, readUntil } from './rabbitmq.fixture.ts'

const url = rabbitmqUrl()

if (url !== undefined) {
  test('a stream whose oldest segments are gone tells so, and whoever stood there gets the oldest that is kept', async (t) => {
    const broker = await openedBroker(t, url, { queue: 'stream' })
    const channel = `test.${newId()}`
    const bare = await bareChannel(t, url)
    // Small segments, of which one or two are kept.
    await bare.assertQueue(`${channel}.0`, {
      durable: true,
      arguments: {
        'x-queue-type': 'stream',
        'x-max-length-bytes': 200_000,
        'x-stream-max-segment-size-bytes': 100_000,
      },
    })
    await bare.assertExchange(channel, 'direct', { durable: true })
    await bare.assertExchange(`${channel}.0`, 'fanout', { durable: true })
    await broker.ensure([{ name: channel, partitions: 1, retentionMs: undefined }])
    const sent = Array.from({ length: 120 }, (_, n) => messageOf(channel, String(n).padStart(10_000, '.')))
    for (let n = 0; n < sent.length; n += 4) await broker.publish(sent.slice(n, n + 4))
    let [first, next] = [0, 0]
    // The server deletes segments behind our back; once it has kept two and the one in hand, nothing goes any more.
    await until('old segments are gone', async () => {
      ;[{ first, next }] = (await broker.bounds(channel)) as readonly [PartitionBounds]
      return next >= sent.length && next - first < 40
    })
    const member = await broker.join(channel, 'g')
    const [oldest] = await readUntil(member, 0, 1)
    const place = sent.findIndex(({ id }) => id === oldest!.id)
    assert.ok(oldest!.offset === first && place > 0 && place < sent.length - 1)
    const rest = await member.read(0, first, 1_000)
    assert.deepEqual(
      rest.map(({ id }) => id),
      sent.slice(place).map(({ id }) => id),
    )
    assert.equal(rest.at(-1)!.offset, next - 1)
    assert.equal(await broker.offsetAt(channel, 0, 0), first)
    assert.equal(await broker.offsetAt(channel, 0, oldest!.atMs + 3_600_000), next)
    await member.close()
    await broker.remove(channel)
  })
}
