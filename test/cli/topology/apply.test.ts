import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freshKafka } from '../../fixtures/fresh-kafka.ts'
import { kafkaBrokers } from '../../fixtures/kafka.ts'
import { rabbitmqUrl } from '../../fixtures/rabbitmq.ts'
import { freshRabbitmqTopology } from '../../fixtures/topology.ts'
import { until } from '../../runtime/running.fixture.ts'
import { lineWith, shopModule, type Answer } from '../line.fixture.ts'

const system = fileURLToPath(new URL('topology.fixture.ts', import.meta.url))
const topology = (...argv: string[]): Promise<Answer> => lineWith({ folder: import.meta.dirname }, 'topology', ...argv)

test('a broker must be named, and one that has a topology', async () => {
  const { code, err } = await topology('apply', '--system', system)
  assert.equal(code, 2)
  assert.match(err, /no broker: use --broker kafka:/)
  const embedded = await topology('apply', '--system', system, '--broker', 'embedded')
  assert.equal(embedded.code, 1)
  assert.match(embedded.err, /^error EW_CONFIG: A topology is in a broker at kafka:/)
})

test('an unknown service and a queue of no kind are refused', async () => {
  const wrong = ['apply', '--system', system, '--broker', 'amqp://127.0.0.1:1']
  assert.match((await topology(...wrong, '--services', 'orderz')).err, /no service "orderz".*orders/)
  assert.match((await topology(...wrong, '--queue', 'classic')).err, /^error EW_CONFIG: .*classic/)
})

if (kafkaBrokers() !== undefined) {
  test('topics are planned, made once, and none is touched that others need', async () => {
    const { prefix, admin } = freshKafka()
    const to = ['--system', system, '--broker', `kafka://${kafkaBrokers()}?prefix=${prefix}`]
    const plan = await topology('plan', ...to)
    assert.equal(plan.code, 0)
    assert.match(plan.out, new RegExp(`^\\+ topic ${prefix}orders \\(partitions 4, retention.ms 604800000`, 'm'))
    assert.match(plan.out, /\d to make\n$/)
    const some = await topology('apply', ...to, '--services', 'orders', '--json')
    assert.equal(some.code, 0, some.err)
    const { applied, changes } = JSON.parse(some.out) as { applied: boolean; changes: readonly { name: string }[] }
    assert.equal(applied, true)
    const made = (await admin.listTopics()).filter((name) => name.startsWith(prefix))
    assert.deepEqual(made.toSorted(), changes.map(({ name }) => name).toSorted())
    assert.ok(made.includes(`${prefix}orders`))
    assert.equal((await topology('apply', ...to)).code, 0)
    assert.deepEqual(await topology('apply', ...to), { code: 0, out: 'nothing to do\n', err: '' })
    const other = await topology('apply', ...to.with(1, shopModule))
    assert.match(other.out, /^nothing to do, \d not declared$/m)
    assert.deepEqual(await topology('apply', ...to), { code: 0, out: 'nothing to do\n', err: '' })
  })

  test('what is held back ends apply with 1', async () => {
    const { prefix, admin } = freshKafka()
    await admin.createTopics({ topics: [`${prefix}orders`], partitions: 1, replicas: 1 })
    const to = ['--system', system, '--broker', `kafka://${kafkaBrokers()}?prefix=${prefix}`]
    // A broker shows a topic a little later than it has made it.
    await until('the topic is seen', async () => (await topology('plan', ...to)).out.includes('partitions 1 -> 4'))
    const held = await topology('apply', ...to)
    assert.equal(held.code, 1)
    assert.match(held.out, /^! topic \S+orders: partitions 1 -> 4: needs --raise-partitions/m)
    assert.equal((await topology('apply', ...to, '--raise-partitions')).code, 0)
  })

  test('what Kafka refuses is told with what was tried', async () => {
    const { prefix } = freshKafka()
    const to = ['--system', system, '--broker', `kafka://${kafkaBrokers()}?prefix=${prefix}&replicas=9`]
    const { code, out, err } = await topology('apply', ...to)
    assert.equal(code, 1)
    assert.match(out, /to make$/m)
    assert.match(err, /^error EW_BROKER_FAILED: .*changing topics failed: .*INVALID_REPLICATION_FACTOR/)
  })
}

if (rabbitmqUrl() !== undefined) {
  test('exchanges and queues are made once, and deleted by name alone', async () => {
    const { url, prefix } = freshRabbitmqTopology()
    const to = ['--system', system, '--broker', url, '--prefix', prefix]
    const first = await topology('apply', ...to)
    assert.equal(first.code, 0, first.err)
    assert.match(first.out, new RegExp(`^\\+ queue ${prefix}orders.mail/subscription:thanks.3 \\(durable true`, 'm'))
    assert.deepEqual(await topology('apply', ...to), { code: 0, out: 'nothing to do\n', err: '' })
    const refused = await topology('apply', ...to, '--delete', `${prefix}orders`)
    assert.equal(refused.code, 1)
    assert.match(refused.err, /cannot be deleted: it is declared/)
    const gone = await topology('apply', ...to.with(1, shopModule), '--delete', `${prefix}orders`)
    assert.match(gone.out, new RegExp(`^- exchange ${prefix}orders$`, 'm'))
    assert.match((await topology('plan', ...to)).out, new RegExp(`^\\+ exchange ${prefix}orders `, 'm'))
  })
}
