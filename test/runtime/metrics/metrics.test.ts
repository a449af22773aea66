import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { metricTable } from '../../../src/design/metrics.ts'
import type { ConsumerReport } from '../../../src/runtime/lag/consumer-report.ts'
import { metricsOf, type MetricsSources } from '../../../src/runtime/metrics/metrics.ts'
import { prometheusText } from '../../../src/runtime/metrics/prometheus-text.ts'

const report: ConsumerReport = {
  name: 'orders/subscription:mail',
  source: 'order-events',
  position: 3,
  lag: 7,
  lagMs: 1_500,
  stalenessMs: 250,
  status: 'lagging',
  buckets: 4,
  owners: ['a', 'b'],
  parkedKeys: 2,
  objective: { lag: 5, stalenessMs: 1_250, met: false },
}
const { objective: _, ...plain } = report
const withoutObjective: ConsumerReport = { ...plain, name: 'old', lagMs: null, status: 'stalled', parkedKeys: 0 }
const sources: MetricsSources = {
  heads: [10, 4],
  consumers: [report, withoutObjective],
  deadLetters: [
    { consumer: 'old', code: 'TypeError', type: 'OrderPlaced', count: 2 },
    { consumer: 'old', code: 'EW_X', type: null, count: 1 },
  ],
  sagas: [
    { saga: 'pay', status: 'running', count: 5 },
    { saga: 'pay', status: 'stuck', count: 2 },
    { saga: 'ship', status: 'completed', count: 9 },
  ],
  commits: { batches: [3, 0, 1], units: 6, busyRetries: 1 },
}
const linesOf = (given: MetricsSources): readonly string[] => prometheusText(metricsOf(given)).split('\n')

test('every figure is there under its name, in seconds, with who it is about', () => {
  const lines = new Set(linesOf(sources))
  const mail = 'consumer="orders/subscription:mail",source="order-events"'
  for (const line of [
    `eventwright_consumer_lag_events{${mail}} 7`,
    `eventwright_consumer_lag_seconds{${mail}} 1.5`,
    `eventwright_consumer_staleness_seconds{${mail}} 0.25`,
    `eventwright_consumer_objective_lag_events{${mail}} 5`,
    `eventwright_consumer_objective_staleness_seconds{${mail}} 1.25`,
    `eventwright_consumer_objective_met{${mail}} 0`,
    `eventwright_consumer_owners{${mail}} 2`,
    `eventwright_consumer_status{${mail},status="lagging"} 1`,
    `eventwright_consumer_status{${mail},status="stalled"} 0`,
    'eventwright_consumer_status{consumer="old",source="order-events",status="stalled"} 1',
    `eventwright_parked_keys{${mail}} 2`,
    'eventwright_dead_letters{consumer="old",code="TypeError",type="OrderPlaced"} 2',
    'eventwright_dead_letters{consumer="old",code="EW_X",type=""} 1',
    'eventwright_sagas{saga="pay",status="running"} 5',
    'eventwright_stuck_sagas{saga="pay"} 2',
    'eventwright_stuck_sagas{saga="ship"} 0',
    'eventwright_events_total{partition="0"} 10',
    'eventwright_events_total{partition="1"} 4',
    'eventwright_commit_batch_units_bucket{le="1"} 3',
    'eventwright_commit_batch_units_bucket{le="2"} 3',
    'eventwright_commit_batch_units_bucket{le="4"} 4',
    'eventwright_commit_batch_units_sum 6',
    'eventwright_commit_batch_units_count 4',
    'eventwright_commit_busy_retries_total 1',
  ])
    assert.ok(lines.has(line), line)
  for (const absent of ['lag_seconds', 'objective_lag_events', 'objective_staleness_seconds', 'objective_met'])
    assert.ok(![...lines].some((line) => line.startsWith(`eventwright_consumer_${absent}{consumer="old"`)), absent)
  const stored = prometheusText(metricsOf({ ...sources, commits: undefined }))
  assert.ok(!stored.includes('commit'), 'who commits nothing says nothing of commits')
})

test('docs/operations.md explains every metric with its unit, and no other', () => {
  const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
  const explained = [...page.matchAll(/^\| `(eventwright_[a-z_]+)` \| ([^|]+) \|/gm)].map(([, name, unit]) => [
    name,
    unit,
  ])
  assert.deepEqual(
    explained,
    Object.entries(metricTable).map(([name, { unit }]) => [name, unit]),
  )
})

test('what is answered is what the table says: names, kinds and labels', () => {
  const answered = metricsOf(sources).map(({ name, type, samples }) => {
    const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)).filter((label) => label !== 'le'))
    return [name, { type, labels: [...labels] }]
  })
  assert.deepEqual(
    answered,
    Object.entries(metricTable).map(([name, { type, labels }]) => [name, { type, labels }]),
  )
})
