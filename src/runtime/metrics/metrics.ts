import { metricTable, type MetricName } from '../../design/metrics.ts'
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

/** Every metric of the table that docs/operations.md explains; those of commits only where something commits. */
export function metricsOf(sources: MetricsSources): readonly Metric[] {
  return [...consumerMetrics(sources.consumers), ...troubles(sources), ...storeMetrics(sources)]
}

function metric(name: MetricName, samples: readonly Sample[]): Metric {
  const { type, help } = metricTable[name]
  return { name, type, help, samples }
}

function consumerMetrics(consumers: readonly ConsumerReport[]): readonly Metric[] {
  const gauge = (name: MetricName, value: (report: ConsumerReport) => number | null | undefined): Metric => {
    const samples = consumers.flatMap((report) => {
      const found = value(report) ?? null
      return found === null ? [] : [{ labels: labelsOf(report), value: found }]
    })
    return metric(name, samples)
  }
  const statuses = consumers.flatMap((report) =>
    lagStatuses.map((status) => ({
      labels: { ...labelsOf(report), status },
      value: status === report.status ? 1 : 0,
    })),
  )
  return [
    gauge('eventwright_consumer_lag_events', ({ lag }) => lag),
    gauge('eventwright_consumer_lag_seconds', ({ lagMs }) => seconds(lagMs)),
    gauge('eventwright_consumer_staleness_seconds', ({ stalenessMs }) => seconds(stalenessMs)),
    gauge('eventwright_consumer_objective_lag_events', ({ objective }) => objective?.lag),
    gauge('eventwright_consumer_objective_staleness_seconds', ({ objective }) => seconds(objective?.stalenessMs)),
    gauge('eventwright_consumer_objective_met', ({ objective }) => objective && Number(objective.met)),
    gauge('eventwright_consumer_owners', ({ owners }) => owners.length),
    metric('eventwright_consumer_status', statuses),
    gauge('eventwright_parked_keys', ({ parkedKeys }) => parkedKeys),
  ]
}

function seconds(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : ms / 1000
}

function labelsOf({ name, source }: ConsumerReport): Readonly<Record<string, string>> {
  return { consumer: name, source }
}

function troubles({ deadLetters, sagas }: MetricsSources): readonly Metric[] {
  const names = [...new Set(sagas.map(({ saga }) => saga))]
  const stuck = (name: string): number =>
    sagas.filter(({ saga, status }) => saga === name && status === 'stuck').reduce((sum, { count }) => sum + count, 0)
  const letters = deadLetters.map(({ consumer, code, type, count }) => ({
    labels: { consumer, code, type: type ?? '' },
    value: count,
  }))
  const instances = sagas.map(({ saga, status, count }) => ({ labels: { saga, status }, value: count }))
  const waiting = names.map((saga) => ({ labels: { saga }, value: stuck(saga) }))
  return [
    metric('eventwright_dead_letters', letters),
    metric('eventwright_sagas', instances),
    metric('eventwright_stuck_sagas', waiting),
  ]
}

function storeMetrics({ heads, commits }: MetricsSources): readonly Metric[] {
  const stored = heads.map((value, partition) => ({ labels: { partition: String(partition) }, value }))
  const events = metric('eventwright_events_total', stored)
  if (commits === undefined) return [events]
  return [
    events,
    metric('eventwright_commit_batch_units', histogram(commits)),
    metric('eventwright_commit_busy_retries_total', [{ labels: {}, value: commits.busyRetries }]),
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
