import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaTopology } from '../../../src/adapters/kafka/topology-admin.ts'
import { planDocument, planLines } from '../../../src/architect/topology/plan-lines.ts'
import { systemClock } from '../../../src/base/clock.ts'
import type { ChannelSpec } from '../../../src/ports/broker.ts'
import { freshKafka } from '../../fixtures/fresh-kafka.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { applied, isAsDeclared, planned, until } from '../../fixtures/topology.ts'

const spec = (name: string, more: Partial<ChannelSpec> = {}): ChannelSpec => {
  return { name, partitions: 2, retentionMs: 60_000, ...more }
}

test('a topic has what its channel declares', () => {
  const topology = kafkaTopology('kafka://k1?prefix=shop-')
  const kafka = { replicas: 3, compression: 'snappy', maxMessageBytes: 2_000_000 } as const
  assert.deepEqual(topology.wanted([spec('orders', { kafka }), spec('mail', { retentionMs: undefined })]), [
    {
      kind: 'topic',
      name: 'shop-orders',
      channel: 'orders',
      fields: {
        partitions: 2,
        replicas: 3,
        'retention.ms': '60000',
        'cleanup.policy': 'delete',
        'max.message.bytes': '2000000',
        'message.timestamp.type': 'LogAppendTime',
        'compression.type': 'snappy',
        'min.insync.replicas': '2',
      },
    },
    {
      kind: 'topic',
      name: 'shop-mail',
      channel: 'mail',
      fields: {
        partitions: 2,
        'retention.ms': '-1',
        'cleanup.policy': 'delete',
        'max.message.bytes': '5242880',
        'message.timestamp.type': 'LogAppendTime',
      },
    },
  ])
})

test('every group has a topic of dead letters beside that of its channel, kept for 30 days at least', () => {
  const kafka = { replicas: 3, compression: 'snappy', maxMessageBytes: 2_000_000 } as const
  const groups = ['mail/subscription:thanks', 'stock/saga:order<orders']
  const [orders, ...dead] = kafkaTopology('kafka://k1?prefix=shop-').wanted([spec('orders', { kafka, groups })])
  assert.equal(orders!.name, 'shop-orders')
  const names = ['shop-orders.mail-2fsubscription-3athanks.dead', 'shop-orders.stock-2fsaga-3aorder-3corders.dead']
  const fields = {
    partitions: 1,
    replicas: 3,
    'retention.ms': '2592000000',
    'cleanup.policy': 'delete',
    'max.message.bytes': '2065536',
    'message.timestamp.type': 'LogAppendTime',
    'min.insync.replicas': '2',
  }
  assert.deepEqual(
    dead,
    names.map((name) => ({ kind: 'topic', name, channel: 'orders', fields, later: true })),
  )
})

test('a small cluster has fewer replicas, and then no least number of them', () => {
  const [item] = kafkaTopology('kafka://k1?maxReplicas=1').wanted([spec('orders', { kafka: { replicas: 3 } })])
  assert.equal(item!.fields['replicas'], 1)
  assert.equal(item!.fields['min.insync.replicas'], undefined)
})

test('names that Kafka does not take are refused before anything is asked', () => {
  const { wanted } = kafkaTopology('kafka://k1')
  for (const name of ['orders/events', 'Bücher', 'x'.repeat(250), '..', ''])
    assert.throws(() => wanted([spec(name)]), { code: 'EW_CONFIG' }, name)
  assert.throws(() => wanted([spec('orders.events'), spec('orders_events')]), { code: 'EW_CONFIG' })
})

if (kafkaBrokers() !== undefined) {
  const place = ({ brokers, prefix }: { readonly brokers: readonly string[]; readonly prefix: string }) =>
    kafkaTopology({ brokers, prefix, maxReplicas: 1 })
  const channels = [spec('orders', { kafka: { replicas: 3, compression: 'snappy' } }), spec('mail')]

  test('what is applied twice is done once, and Kafka has it', async () => {
    const fresh = freshKafka()
    const topology = place(fresh)
    assert.equal((await applied(topology, channels)).steps.length, 2)
    assert.deepEqual(await applied(topology, channels), { steps: [], held: [], unknown: [] })
    const resource = { resourceType: 2, resourceName: `${fresh.prefix}orders` } as const
    const [described] = await fresh.admin.describeConfigs({ resources: [resource] })
    const value = (name: string) => described!.configs.find((config) => config.name === name)?.value
    assert.deepEqual(['retention.ms', 'compression.type', 'cleanup.policy'].map(value), ['60000', 'snappy', 'delete'])
  })

  test('what the broker makes by itself is what the topology wants, and the other way round', async () => {
    const [made, applying] = [freshKafka({ maxReplicas: 1 }), freshKafka({ maxReplicas: 1 })]
    const broker = await made.adapter.open({ clock: systemClock })
    await broker.ensure(channels)
    await broker.close()
    assert.deepEqual(planLines(await planned(place(made), channels)), ['nothing to do'])
    await applied(place(applying), channels)
    const other = await applying.adapter.open({ clock: systemClock })
    await other.ensure(channels)
    await other.close()
    assert.equal(await isAsDeclared(place(applying), channels), true)
  })

  test('a topic of dead letters that the broker has made is as it is wanted, and one that was changed is told', async (t) => {
    const fresh = freshKafka({ maxReplicas: 1 })
    const topology = place(fresh)
    const read = [spec('orders', { groups: ['mail/subscription:thanks'] })]
    const name = `${fresh.prefix}orders.mail-2fsubscription-3athanks.dead`
    const broker = await fresh.adapter.open({ clock: systemClock })
    t.after(() => broker.close())
    await broker.ensure(read)
    const lines = async (): Promise<readonly string[]> => planLines(await planned(topology, read))
    assert.match((await lines()).join('\n'), new RegExp(`^\\+ topic ${name} .*\n1 to make$`))
    const message = {
      channel: 'orders',
      partition: 0,
      offset: 0,
      atMs: 0,
      key: 'k',
      id: 'i',
      headers: '{}',
      value: '1',
    }
    const facts = { reason: 'poison', attempts: 1, errorType: 'E', errorMessage: 'm', failedAtMs: 0 } as const
    await broker.deadLetter!('orders', 'mail/subscription:thanks', message, facts)
    assert.deepEqual(await lines(), ['nothing to do'])
    const shorter = { name: 'retention.ms', configOperation: 0, value: '1000' } as const
    const resource = { resourceType: 2 as const, resourceName: name, configs: [shorter] }
    await fresh.admin.incrementalAlterConfigs({ resources: [resource], validateOnly: false })
    await until(async () => (await lines()).length === 2)
    assert.equal((await lines())[0], `~ topic ${name}: retention.ms 1000 -> 2592000000`)
    await applied(topology, read)
    assert.deepEqual(await lines(), ['nothing to do'])
  })

  test('a topic that was changed behind our back is told by topic and field, and put right', async () => {
    const fresh = freshKafka()
    const topology = place(fresh)
    await applied(topology, channels)
    const alter = (name: string, value: string) => ({ name, configOperation: 0, value }) as const
    const configs = [alter('retention.ms', '1000'), alter('segment.ms', '100000')]
    const resource = { resourceType: 2, resourceName: `${fresh.prefix}mail`, configs } as const
    await fresh.admin.incrementalAlterConfigs({ resources: [resource], validateOnly: false })
    // A broker hears a little later of what its controller has done.
    await until(async () => (await planned(topology, channels)).unknown.length === 1)
    const plan = await planned(topology, channels)
    assert.deepEqual(planLines(plan), [
      `~ topic ${fresh.prefix}mail: retention.ms 1000 -> 60000`,
      `? topic ${fresh.prefix}mail: nobody declares segment.ms 100000; left alone`,
      '1 to change, 1 not declared',
    ])
    await applied(topology, channels)
    const { steps, unknown } = await planned(topology, channels)
    assert.deepEqual([steps, unknown.length], [[], 1])
  })

  test('partitions are raised by consent, and never taken away', async () => {
    const fresh = freshKafka()
    const topology = place(fresh)
    await applied(topology, channels)
    const more = [spec('mail', { partitions: 3 }), channels[0]!]
    const held = await applied(topology, more)
    assert.deepEqual([held.steps, planDocument(held).held[0]?.field], [[], 'partitions'])
    await applied(topology, more, { raisePartitions: true })
    assert.equal(await isAsDeclared(topology, more), true)
    const fewer = await applied(topology, channels, { raisePartitions: true })
    assert.deepEqual([fewer.steps, planDocument(fewer).held[0]?.to], [[], 2])
    assert.equal(await isAsDeclared(topology, more), true)
  })

  test('a topic that nobody declares any more stays until it is named', async () => {
    const fresh = freshKafka()
    const topology = place(fresh)
    await applied(topology, channels)
    const [orders, mail] = [`${fresh.prefix}orders`, `${fresh.prefix}mail`]
    const plan = await applied(topology, [channels[0]!])
    assert.deepEqual(
      plan.unknown.map(({ name }) => name),
      [mail],
    )
    await assert.rejects(applied(topology, [channels[0]!], { delete: [orders] }), { code: 'EW_CONFIG' })
    await applied(topology, [channels[0]!], { delete: [mail] })
    assert.deepEqual((await planned(topology, [channels[0]!])).unknown, [])
  })
}
