import type { ParkedTable } from '../../ports/parked.ts'
import type { ConsumerReport } from '../lag/consumer-report.ts'
import { lagStatuses } from '../lag/evaluation.ts'
import type { SagaCount } from '../saga-runner/report.ts'
import { batchBounds, type Commits } from './batch-sizes.ts'
import type { Metric, Sample } from './prometheus-text.ts'

/** What metrics are made from. */
export interface MetricsSources {
  /** Positions of the newest event of the design, and of the engine. */
  readonly heads: readonly number[]
  readonly consumers: readonly ConsumerReport[]
  readonly deadLetters: Awaited<ReturnType<ParkedTable['counts']>>
  readonly sagas: readonly SagaCount[]
  /** Undefined where nothing commits in this process. */
  readonly commits: Commits | undefined
}

/** Every metric, in the vocabulary that docs/operations.md explains. */
export function metricsOf(sources: MetricsSources): readonly Metric[] {
  return [...consumerMetrics(sources.consumers), ...troubles(sources), ...storeMetrics(sources)]
}

function consumerMetrics(consumers: readonly ConsumerReport[]): readonly Metric[] {
  const gauge = (name: string, help: string, value: (report: ConsumerReport) => number | null): Metric => ({
    name: `eventwright_${name}`,
    type: 'gauge',
    help,
    samples: consumers.flatMap((report) => {
      const found = value(report)
      return found === null ? [] : [{ labels: labelsOf(report), value: found }]
    }),
  })
  return [
    gauge('consumer_lag_events', 'Events or messages of its source that a consumer has not applied.', ({ lag }) => lag),
    gauge('consumer_lag_seconds', 'For how long the oldest of them waits; absent where nobody knows.', ({ lagMs }) =>
      lagMs === null ? null : lagMs / 1000,
    ),
    gauge(
      'consumer_staleness_seconds',
      'For how long a consumer has not moved although there was something to do.',
      ({ stalenessMs }) => stalenessMs / 1000,
    ),
    gauge('consumer_owners', 'Processes that work for a consumer now.', ({ owners }) => owners.length),
    {
      name: 'eventwright_consumer_status',
      type: 'gauge',
      help: 'How a consumer is doing: 1 for its status, 0 for every other.',
      samples: consumers.flatMap((report) =>
        lagStatuses.map((status) => ({
          labels: { ...labelsOf(report), status },
          value: status === report.status ? 1 : 0,
        })),
      ),
    },
    gauge(
      'parked_keys',
      'Keys of a consumer whose messages wait because one of them failed.',
      (each) => each.parkedKeys,
    ),
  ]
}

function labelsOf({ name, source }: ConsumerReport): Readonly<Record<string, string>> {
  return { consumer: name, source }
}

function troubles({ deadLetters, sagas }: MetricsSources): readonly Metric[] {
  const names = [...new Set(sagas.map(({ saga }) => saga))]
  const stuck = (name: string): number =>
    sagas.filter(({ saga, status }) => saga === name && status === 'stuck').reduce((sum, { count }) => sum + count, 0)
  return [
    {
      name: 'eventwright_dead_letters',
      type: 'gauge',
      help: 'Messages that failed for good, one at the head of each parked key, by what they failed with.',
      samples: deadLetters.map(({ consumer, code, type, count }) => ({
        labels: { consumer, code, type: type ?? '' },
        value: count,
      })),
    },
    {
      name: 'eventwright_sagas',
      type: 'gauge',
      help: 'Instances of sagas and processes by status.',
      samples: sagas.map(({ saga, status, count }) => ({ labels: { saga, status }, value: count })),
    },
    {
      name: 'eventwright_stuck_sagas',
      type: 'gauge',
      help: 'Instances of sagas that wait for a person.',
      samples: names.map((saga) => ({ labels: { saga }, value: stuck(saga) })),
    },
  ]
}

function storeMetrics({ heads, commits }: MetricsSources): readonly Metric[] {
  const events: Metric = {
    name: 'eventwright_events_total',
    type: 'counter',
    help: 'Events ever stored: partition 0 has those of the design, partition 1 those of the engine.',
    samples: heads.map((value, partition) => ({ labels: { partition: String(partition) }, value })),
  }
  if (commits === undefined) return [events]
  return [
    events,
    {
      name: 'eventwright_commit_batch_units',
      type: 'histogram',
      help: 'Units of work that this process has committed in one transaction.',
      samples: histogram(commits),
    },
    {
      name: 'eventwright_commit_busy_retries_total',
      type: 'counter',
      help: 'Commits of this process that were tried again because the store was busy or out of reach.',
      samples: [{ labels: {}, value: commits.busyRetries }],
    },
  ]
}

function histogram({ batches, units }: Commits): readonly Sample[] {
  let sum = 0
  const buckets = batches.map((count, index): Sample => {
    sum += count
    return { suffix: '_bucket', labels: { le: String(batchBounds[index] ?? '+Inf') }, value: sum }
  })
  return [...buckets, { suffix: '_sum', labels: {}, value: units }, { suffix: '_count', labels: {}, value: sum }]
}
