import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planDocument, planLines } from '../../../src/architect/topology/plan-lines.ts'
import { driftOf, isLevel, planOf } from '../../../src/architect/topology/plan.ts'
import type { TopologyFields, TopologyItem } from '../../../src/ports/topology.ts'

const topic = (name: string, fields: TopologyFields, more: Partial<TopologyItem> = {}): TopologyItem => {
  return { kind: 'topic', name, channel: name, fields, ...more }
}
const queue = (partition: number): TopologyItem => {
  return { kind: 'queue', name: `orders.q.${partition}`, channel: 'orders', partition, fields: { durable: true } }
}
const whyFixed = (_: string, field: string): string | undefined => (field === 'replicas' ? 'they are moved' : undefined)

test('what is as it should be needs no step', () => {
  const items = [topic('orders', { partitions: 4, 'retention.ms': '1' })]
  const plan = planOf(items, items, whyFixed)
  assert.deepEqual(plan, { steps: [], held: [], unknown: [] })
  assert.equal(isLevel(plan), true)
  assert.deepEqual(planLines(plan), ['nothing to do'])
})

test('what is missing is made, what differs is changed, what nobody declares is left alone', () => {
  const wanted = [topic('orders', { partitions: 4, 'retention.ms': '1' }), topic('mail', { partitions: 1 })]
  const current = [
    topic('orders', { partitions: 4, 'retention.ms': '9' }, { besides: { 'segment.ms': '5' } }),
    { kind: 'topic', name: 'old', fields: {} } as const,
  ]
  assert.deepEqual(planLines(planOf(wanted, current, whyFixed)), [
    '~ topic orders: retention.ms 9 -> 1',
    '+ topic mail (partitions 1)',
    '? topic orders: nobody declares segment.ms 5; left alone',
    '? topic old: not declared, left alone',
    '1 to make, 1 to change, 2 not declared',
  ])
})

test('what is made only when it is needed is planned, and is no drift while it is missing, but is when it differs', () => {
  const wanted = [topic('orders', { partitions: 4 }), topic('orders.dead', { partitions: 1 }, { later: true })]
  const plan = planOf(wanted, [topic('orders', { partitions: 4 })], whyFixed)
  assert.deepEqual([isLevel(plan), isLevel(driftOf(plan))], [false, true])
  const missing = planOf(wanted, [], whyFixed)
  assert.deepEqual(planLines(driftOf(missing)), ['+ topic orders (partitions 4)', '1 to make'])
  const other = [topic('orders', { partitions: 4 }), topic('orders.dead', { partitions: 1, 'retention.ms': '1' })]
  assert.equal(isLevel(driftOf(planOf(wanted, other, whyFixed))), false)
})

test('partitions are raised by consent alone, and the things of new partitions with them', () => {
  const wanted = [queue(0), queue(1), topic('orders', { partitions: 2 })]
  const current = [queue(0), topic('orders', { partitions: 1 })]
  const plan = planOf(wanted, current, whyFixed)
  assert.deepEqual(plan.steps, [])
  assert.deepEqual(planDocument(plan).held, [
    {
      kind: 'topic',
      name: 'orders',
      field: 'partitions',
      from: 1,
      to: 2,
      why: 'needs --raise-partitions, since keys move to other partitions',
    },
  ])
  const raised = planOf(wanted, current, whyFixed, { raisePartitions: true })
  assert.deepEqual(
    raised.steps.map(({ action, item }) => `${action} ${item.name}`),
    ['create orders.q.1', 'change orders'],
  )
  assert.deepEqual(raised.held, [])
})

test('a thing of a partition that there is comes back without consent', () => {
  const wanted = [queue(0), queue(1), topic('orders', { partitions: 2 })]
  const { steps } = planOf(wanted, [queue(1), topic('orders', { partitions: 2 })], whyFixed)
  assert.deepEqual(
    steps.map(({ item }) => item.name),
    ['orders.q.0'],
  )
})

test('nothing shrinks, whatever was agreed to', () => {
  const [wanted, current] = [[topic('orders', { partitions: 2 })], [topic('orders', { partitions: 8 })]]
  const plan = planOf(wanted, current, whyFixed, { raisePartitions: true, delete: [] })
  assert.deepEqual(plan.steps, [])
  assert.match(planLines(plan)[0]!, /^! topic orders: partitions 8 -> 2: partitions are never taken away/)
  assert.equal(isLevel(plan), false)
})

test('a field that cannot change is told with its reason, the others are changed', () => {
  const wanted = [topic('orders', { replicas: 3, 'retention.ms': '1' })]
  const plan = planOf(wanted, [topic('orders', { replicas: 1, 'retention.ms': '2' })], whyFixed)
  assert.deepEqual(planLines(plan), [
    '~ topic orders: retention.ms 2 -> 1',
    '! topic orders: replicas 1 -> 3: they are moved',
    '1 to change, 1 held back',
  ])
})

test('a field that is there and not wanted is a difference', () => {
  const plan = planOf([topic('orders', {})], [topic('orders', { 'x-max-length': 5 })], () => 'never')
  assert.match(planLines(plan)[0]!, /x-max-length 5 -> unset: never$/)
})

test('only what was named is deleted, and only what nobody declares', () => {
  const wanted = [topic('orders', {})]
  const current = [topic('orders', {}), topic('old', {}), topic('older', {})]
  const plan = planOf(wanted, current, whyFixed, { delete: ['old'] })
  assert.deepEqual(planLines(plan), [
    '- topic old',
    '? topic older: not declared, left alone',
    '1 to delete, 1 not declared',
  ])
  for (const name of ['orders', 'nowhere'])
    assert.throws(() => planOf(wanted, current, whyFixed, { delete: [name] }), { code: 'EW_CONFIG' })
})
