import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readYaml } from '../../fixtures/plain-yaml.ts'
import { lineWith, type Answer } from '../line.fixture.ts'

const system = fileURLToPath(new URL('topology.fixture.ts', import.meta.url))
const exported = (...argv: string[]): Promise<Answer> =>
  lineWith({ folder: import.meta.dirname }, 'topology', 'export', '--system', system, ...argv)

test('Strimzi gets YAML, or JSON, without any broker', async () => {
  const { code, out } = await exported('--format', 'strimzi', '--cluster', 'main', '--namespace', 'shop')
  assert.equal(code, 0)
  assert.match(out, /^---\napiVersion: "kafka.strimzi.io\/v1"\nkind: "KafkaTopic"\nmetadata:\n {2}name: "orders"\n/)
  const json = await exported('--format', 'strimzi', '--cluster', 'main', '--namespace', 'shop', '--json')
  assert.deepEqual(readYaml(out), JSON.parse(json.out))
})

test('RabbitMQ gets definitions of the virtual host', async () => {
  const { code, out } = await exported('--format', 'rabbitmq', '--broker', 'amqp://h/shop', '--prefix', 'p-')
  assert.equal(code, 0)
  const { exchanges, queues, bindings } = JSON.parse(out) as Record<string, readonly Record<string, unknown>[]>
  assert.ok(exchanges!.some(({ name, type, vhost }) => name === 'p-orders' && type === 'direct' && vhost === 'shop'))
  assert.ok(queues!.some(({ name }) => name === 'p-orders.mail/subscription:thanks.dead'))
  assert.ok(bindings!.some(({ source, destination }) => source === 'p-orders' && destination === 'p-orders.3'))
})

test('what does not go together is refused', async () => {
  assert.equal((await exported('--format', 'strimzi')).code, 2)
  assert.equal((await exported()).code, 2)
  const other = await exported('--format', 'rabbitmq', '--broker', 'kafka://h')
  assert.deepEqual([other.code, /EW_CONFIG/.test(other.err)], [1, true])
})
