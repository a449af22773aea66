import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv } from 'ajv'
import { kafkaTopics, yamlOf } from '../../../src/architect/topology/strimzi.ts'
import type { TopologyItem } from '../../../src/ports/topology.ts'
import { root } from '../../../tools/root.ts'
import { readYaml } from '../../fixtures/plain-yaml.ts'

type Schema = Readonly<Record<string, unknown>> & { readonly properties?: Readonly<Record<string, Schema>> }
const golden = JSON.parse(readFileSync(join(root, 'test/golden/strimzi-kafka-topic.json'), 'utf8')) as {
  readonly schema: Schema
}

// Kubernetes takes away what the schema does not know, without a word, unless the schema says otherwise.
function closed(schema: Schema, path: string): Schema {
  const { properties } = schema
  if (properties === undefined || path === '/metadata') return schema
  const inner = Object.entries(properties).map(([name, each]) => [name, closed(each, `${path}/${name}`)])
  return { ...schema, properties: Object.fromEntries(inner), additionalProperties: false }
}

const validate = new Ajv({ strict: false }).compile(closed(golden.schema, ''))

const topics: readonly TopologyItem[] = [
  { kind: 'topic', name: 'orders', fields: { partitions: 10, replicas: 3, 'retention.ms': '604800000' } },
  { kind: 'topic', name: 'Order_Events', fields: { partitions: 1, 'cleanup.policy': 'delete', 'retention.ms': '-1' } },
  { kind: 'topic', name: 'orders.commands', fields: { partitions: 4, 'odd: #"key': 'yes' } },
]

test('every topic is a resource that the schema of Strimzi takes', () => {
  for (const resource of kafkaTopics(topics, { cluster: 'main', namespace: 'shop' }))
    assert.ok(validate(resource), JSON.stringify(validate.errors))
})

test('the schema does refuse what is wrong', () => {
  const [resource] = kafkaTopics(topics, { cluster: 'main' })
  assert.equal(validate({ ...resource, spec: { ...resource!.spec, partitions: 0 } }), false)
  assert.equal(validate({ ...resource, spec: { ...resource!.spec, partition: 4 } }), false)
})

test('the YAML reads as the same resources', () => {
  const resources = kafkaTopics(topics, { cluster: 'main', namespace: 'shop' })
  assert.deepEqual(readYaml(yamlOf(resources)), resources)
  assert.ok(yamlOf(resources).includes('    "retention.ms": 604800000\n'))
})

test('names are names of Kubernetes, different for different topics', () => {
  const name = (topic: string): string =>
    kafkaTopics([{ kind: 'topic', name: topic, fields: { partitions: 1 } }], { cluster: 'main' })[0]!.metadata.name
  assert.equal(name('orders'), 'orders')
  assert.equal(name('orders.commands'), 'orders.commands')
  const made = ['a_b', 'a-B', 'A-b', 'a_b.', '.', '___', 'X'.repeat(249), `${'x'.repeat(248)}_`].map(name)
  assert.equal(new Set(made).size, made.length)
  for (const each of made) assert.match(each, /^[a-z0-9]([-a-z0-9]{0,251}[a-z0-9])?$/)
  assert.match(name('a_b'), /^a-b-[0-9a-f]{10}$/)
})

test('a cluster or namespace that Kubernetes refuses is refused', () => {
  assert.throws(() => kafkaTopics(topics, { cluster: 'Main cluster' }), { code: 'EW_CONFIG' })
  assert.throws(() => kafkaTopics(topics, { cluster: 'main', namespace: '-x' }), { code: 'EW_CONFIG' })
})
