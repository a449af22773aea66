import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rabbitmq } from '../../../src/adapters/rabbitmq/index.ts'
import { askManagement, managementPlace } from '../../../src/adapters/rabbitmq/management.ts'
import { planLines } from '../../../src/architect/topology/plan-lines.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { canonicalJson } from '../../../src/base/json.ts'
import type { ChannelSpec } from '../../../src/ports/broker.ts'
import { rabbitmqUrl } from '../../fixtures/rabbitmq.ts'
import { applied, freshRabbitmqTopology, isAsDeclared, planned, type FreshTopology } from '../../fixtures/topology.ts'

const group = 'mail/subscription:thanks'
const spec = (name: string, more: Partial<ChannelSpec> = {}): ChannelSpec => {
  return { name, partitions: 2, retentionMs: 60_000, groups: [group], ...more }
}
const channels = [spec('orders', { rabbitmq: { deliveryLimit: 7 } }), spec('log', { rabbitmq: { queue: 'stream' } })]

type Entry = Readonly<Record<string, unknown>>
type Exported = Readonly<Record<'exchanges' | 'queues' | 'bindings', readonly Entry[]>>

async function exported({ url, prefix }: FreshTopology): Promise<Exported> {
  const all = (await askManagement(managementPlace('r', url), 'GET', 'definitions')) as Exported
  const isOurs = (entry: Entry): boolean => String(entry['name'] ?? entry['source']).startsWith(prefix)
  return sorted({
    exchanges: all.exchanges.filter(isOurs),
    queues: all.queues.filter(isOurs),
    bindings: all.bindings.filter(isOurs),
  })
}

function sorted({ exchanges, queues, bindings }: Exported): Exported {
  const inOrder = (list: readonly Entry[]): readonly Entry[] =>
    list.toSorted((one, other) => (canonicalJson(one) < canonicalJson(other) ? -1 : 1))
  return { exchanges: inOrder(exchanges), queues: inOrder(queues), bindings: inOrder(bindings) }
}

if (rabbitmqUrl() !== undefined) {
  test('what is applied twice is done once', async () => {
    const { adapter } = freshRabbitmqTopology()
    assert.ok((await applied(adapter, channels)).steps.length > 10)
    assert.deepEqual(await applied(adapter, channels), { steps: [], held: [], unknown: [] })
  })

  test('what the broker makes by itself is what the topology wants, and the other way round', async () => {
    const [made, topology] = [freshRabbitmqTopology(), freshRabbitmqTopology()]
    const ensured = async ({ url, prefix }: FreshTopology): Promise<void> => {
      const broker = await rabbitmq(url, { prefix }).open({ clock: systemClock })
      await broker.ensure(channels)
      await broker.close()
    }
    await ensured(made)
    assert.equal(await isAsDeclared(made.adapter, channels), true)
    await applied(topology.adapter, channels)
    await ensured(topology)
    assert.equal(await isAsDeclared(topology.adapter, channels), true)
  })

  test('what was changed behind our back is told by name and field', async () => {
    const { adapter, url, prefix } = freshRabbitmqTopology()
    await applied(adapter, channels)
    const place = managementPlace('r', url)
    const queue = encodeURIComponent(`${prefix}orders.${group}.1`)
    const body = { durable: true, auto_delete: false, arguments: { 'x-queue-type': 'quorum', 'x-max-length': 5 } }
    await askManagement(place, 'DELETE', `queues/%2F/${queue}`)
    await askManagement(place, 'PUT', `queues/%2F/${queue}`, body)
    const lines = planLines(await planned(adapter, channels))
    assert.ok(lines.some((line) => line.includes(`.1: x-max-length 5 -> unset: RabbitMQ never changes a queue`)))
    assert.ok(lines.some((line) => line.includes('x-delivery-limit unset -> 7')))
    assert.ok(lines.some((line) => line.startsWith(`+ binding ${prefix}orders.1 -> queue`)))
    await askManagement(place, 'DELETE', `queues/%2F/${queue}`)
    await applied(adapter, channels)
    assert.equal(await isAsDeclared(adapter, channels), true)
  })

  test('partitions are raised by consent, and the queues of a group that went stay until they are named', async () => {
    const { adapter, prefix } = freshRabbitmqTopology()
    const [two, three] = [[spec('orders')], [spec('orders', { partitions: 3 })]]
    await applied(adapter, two)
    const held = await applied(adapter, three)
    assert.deepEqual([held.steps, held.held[0]?.field], [[], 'partitions'])
    await applied(adapter, three, { raisePartitions: true })
    assert.equal(await isAsDeclared(adapter, three), true)
    const { steps, held: kept, unknown } = await applied(adapter, two, { raisePartitions: true })
    assert.deepEqual([steps, kept[0]?.from], [[], 3])
    assert.ok(unknown.some(({ name }) => name === `${prefix}orders.2`))
    const alone = [spec('orders', { partitions: 3, groups: [] })]
    const gone = (await planned(adapter, alone)).unknown.map(({ name }) => name)
    assert.deepEqual(gone.length, 4)
    await applied(adapter, alone, { delete: gone })
    assert.deepEqual((await planned(adapter, alone)).unknown, [])
  })

  test('definitions are taken by the server and come out of it as they went in', async () => {
    const fresh = freshRabbitmqTopology()
    const { adapter, url } = fresh
    const items = adapter.wanted(channels)
    await askManagement(managementPlace('r', url), 'POST', 'definitions', adapter.definitions(items))
    assert.equal(await isAsDeclared(adapter, channels), true)
    const own = adapter.definitions(items.filter(({ channel }) => channel !== undefined))
    assert.deepEqual(await exported(fresh), sorted(own))
  })

  test('a virtual host that is not there is an error, not an empty one', async () => {
    const { url } = freshRabbitmqTopology()
    const place = managementPlace('r', url)
    await assert.rejects(askManagement(place, 'GET', 'queues/nowhere'), { code: 'EW_BROKER_FAILED' })
  })
}
