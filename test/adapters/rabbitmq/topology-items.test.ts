import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wantedItems } from '../../../src/adapters/rabbitmq/topology-items.ts'
import type { ChannelSpec } from '../../../src/ports/broker.ts'

const place = { prefix: '', queue: 'quorum', deliveryLimit: 1_000 } as const
const spec = (name: string, more: Partial<ChannelSpec> = {}): ChannelSpec => {
  return { name, partitions: 1, retentionMs: 60_000, groups: ['mail/subscription:thanks'], ...more }
}
const names = (specs: readonly ChannelSpec[]): readonly string[] =>
  wantedItems(specs, place).map(({ kind, name }) => `${kind} ${name}`)

test('a group has a queue for each partition and one of what it could not do, the channel its exchanges', () => {
  assert.deepEqual(names([spec('orders')]), [
    'exchange eventwright.hints',
    'queue orders.mail/subscription:thanks.dead',
    'exchange orders.0',
    'queue orders.mail/subscription:thanks.0',
    'binding orders.0 -> queue orders.mail/subscription:thanks.0',
    'exchange orders',
    'binding orders -> exchange orders.0 by 0',
  ])
})

test('a stream is read by every group, so that there is one for each partition', () => {
  const items = wantedItems([spec('orders', { rabbitmq: { queue: 'stream' } })], place)
  const [dead, stream, ...others] = items.filter(({ kind }) => kind === 'queue')
  assert.deepEqual([dead!.name, others], ['orders.mail/subscription:thanks.dead', []])
  assert.equal(stream!.name, 'orders.0')
  assert.deepEqual(stream!.fields, { durable: true, auto_delete: false, 'x-queue-type': 'stream', 'x-max-age': '60s' })
})

test('what RabbitMQ or the adapter does not take is refused', () => {
  for (const name of ['amq.orders', 'x'.repeat(256), 'x'.repeat(254)])
    assert.throws(() => names([spec(name)]), { code: 'EW_CONFIG' }, name)
  assert.throws(() => names([spec('orders', { rabbitmq: { queue: 'classic' } })]), { code: 'EW_CONFIG' })
  // The exchange of a partition of the one is the exchange of the other.
  assert.throws(() => names([spec('orders'), spec('orders.0')]), { code: 'EW_CONFIG' })
})
