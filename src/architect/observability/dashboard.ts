import { fingerprint } from '../../base/fingerprint.ts'
import type { Graph } from '../../design/graph.ts'
import type { MetricName } from '../../design/metrics.ts'
import { alarmingStatuses, consumersOf, lagOf, stalenessOf } from './alerts.ts'
import { declaredObjectives, lagText, stalenessText, type DeclaredObjectives } from './declared-objectives.ts'
import { placedPanels, type Panel, type PanelDraft, type RowDraft } from './grafana-panel.ts'
import { series, targets, type Jobs, type LabelMatch } from './promql.ts'

/** Which system a dashboard is for. */
export interface DashboardOptions {
  readonly system: string
  readonly jobs: Jobs
}

/** A dashboard as Grafana takes it: paste it under Import, or put the file where dashboards are provisioned from. */
export interface Dashboard {
  /** The same for every export of a system, so that a newer one takes the place of the one before. */
  readonly uid: string
  readonly title: string
  readonly panels: readonly Panel[]
  readonly [member: string]: unknown
}

/**
 * A dashboard of a system: what needs somebody first, then what it has declared to keep, then everything that is
 * measured. The source of data is chosen in Grafana.
 */
export function dashboard(graph: Graph, { system, jobs }: DashboardOptions): Dashboard {
  const declared = declaredObjectives(graph)
  const rows = [
    { title: 'What needs somebody', panels: troubles(jobs) },
    { title: 'Objectives of the design', panels: declared.flatMap((part) => objectivePanels(part, jobs)) },
    { title: 'Consumers', panels: consumerPanels(jobs) },
    { title: 'Messages that failed, sagas', panels: failurePanels(jobs) },
    { title: 'Store', panels: storePanels(jobs) },
  ].filter(({ panels }) => panels.length > 0)
  return {
    uid: `eventwright-${fingerprint(system).slice(0, 16)}`,
    title: `Eventwright: ${system}`,
    tags: ['eventwright'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    time: { from: 'now-1h', to: 'now' },
    refresh: '30s',
    templating: { list: variables(jobs) },
    annotations: { list: [] },
    panels: placedPanels(rows satisfies readonly RowDraft[]),
  }
}

function variables(jobs: Jobs): readonly unknown[] {
  return [
    { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
    {
      name: 'consumer',
      label: 'Consumer',
      type: 'query',
      datasource: { type: 'prometheus', uid: '${datasource}' },
      query: `label_values(${series('eventwright_consumer_lag_events', jobs)}, consumer)`,
      refresh: 2,
      sort: 1,
      multi: true,
      includeAll: true,
      allValue: '.*',
      current: { text: 'All', value: '$__all' },
    },
  ]
}

/** Figures of a store are told by each of its processes, so the greatest counts. */
function greatest(by: readonly string[], metric: string): string {
  return `max by (${['job', ...by].join(', ')}) (${metric})`
}

function troubles(jobs: Jobs): readonly PanelDraft[] {
  const consumer = ['consumer', 'source']
  const standing = { label: 'status', matches: alarmingStatuses.join('|') }
  const stat = (title: string, description: string, expr: string): PanelDraft => {
    const queries = [{ expr: `${expr} or vector(0)`, legend: title }]
    return { title, description, kind: 'stat', unit: 'short', queries, isTrouble: true }
  }
  const met = series('eventwright_consumer_objective_met', jobs)
  const statuses = series('eventwright_consumer_status', jobs, [standing])
  return [
    {
      title: 'Processes',
      description: 'Processes that answer.',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: `sum(${targets(jobs)}) or vector(0)`, legend: 'processes' }],
    },
    stat(
      'Consumers that stand',
      'Stalled, stopped, falling behind, ahead, or in need of a newer release.',
      `count(${greatest([...consumer, 'status'], statuses)} == 1)`,
    ),
    stat('Objectives missed', 'Consumers that miss one.', `count(min by (job, consumer, source) (${met}) == 0)`),
    stat(
      'Dead letters',
      'Messages that failed for good.',
      `sum(${greatest(['consumer', 'code', 'type'], series('eventwright_dead_letters', jobs))})`,
    ),
    stat(
      'Parked keys',
      'Keys whose messages wait behind one that failed.',
      `sum(${greatest(consumer, series('eventwright_parked_keys', jobs))})`,
    ),
    stat(
      'Stuck sagas',
      'Instances that wait for a person.',
      `sum(${greatest(['saga'], series('eventwright_stuck_sagas', jobs))})`,
    ),
  ]
}

function objectivePanels(part: DeclaredObjectives, jobs: Jobs): readonly PanelDraft[] {
  const { kind, name, service, lag, stalenessMs } = part
  const panel = (title: string, unit: string, measured: string, allowed: MetricName): PanelDraft => ({
    title: `${kind} ${name}: ${title}`,
    description: `Of the service ${service}. The dashed line is what the design allows.`,
    kind: 'timeseries',
    unit,
    queries: [
      { expr: measured, legend: '{{consumer}} {{source}}' },
      { expr: `max(${series(allowed, jobs, [consumersOf(part)])})`, legend: 'allowed', isLimit: true },
    ],
  })
  return [
    ...(lag === undefined
      ? []
      : [panel(lagText(lag), 'short', lagOf(part, jobs), 'eventwright_consumer_objective_lag_events')]),
    ...(stalenessMs === undefined
      ? []
      : [
          panel(
            stalenessText(stalenessMs),
            's',
            stalenessOf(part, jobs),
            'eventwright_consumer_objective_staleness_seconds',
          ),
        ]),
  ]
}

const chosen: LabelMatch = { label: 'consumer', matches: '$consumer' }

function consumerPanels(jobs: Jobs): readonly PanelDraft[] {
  const by = ['consumer', 'source']
  const legend = '{{consumer}} {{source}}'
  const panel = (title: string, description: string, unit: string, name: MetricName): PanelDraft => ({
    title,
    description,
    kind: 'timeseries',
    unit,
    queries: [{ expr: greatest(by, series(name, jobs, [chosen])), legend }],
  })
  const statuses = greatest([...by, 'status'], series('eventwright_consumer_status', jobs, [chosen]))
  return [
    {
      title: 'How consumers are doing',
      description: 'Their status now.',
      kind: 'table',
      unit: 'short',
      queries: [{ expr: `${statuses} == 1`, legend }],
    },
    panel('Lag', 'Events or messages that wait.', 'short', 'eventwright_consumer_lag_events'),
    panel('Oldest waits', 'For how long the oldest of them waits.', 's', 'eventwright_consumer_lag_seconds'),
    panel('Stands still', 'For how long it has not moved.', 's', 'eventwright_consumer_staleness_seconds'),
    panel('Owners', 'Processes that work for it.', 'short', 'eventwright_consumer_owners'),
  ]
}

function failurePanels(jobs: Jobs): readonly PanelDraft[] {
  const letters = greatest(['consumer', 'code', 'type'], series('eventwright_dead_letters', jobs, [chosen]))
  const instances = greatest(['saga', 'status'], series('eventwright_sagas', jobs))
  return [
    {
      title: 'Dead letters by what they failed with',
      description: 'One code for many keys is a bug, or a service that is down.',
      kind: 'timeseries',
      unit: 'short',
      queries: [{ expr: letters, legend: '{{consumer}} {{code}} {{type}}' }],
    },
    {
      title: 'Sagas and processes by status',
      description: 'Running that only rises: their steps are not answered.',
      kind: 'timeseries',
      unit: 'short',
      queries: [{ expr: instances, legend: '{{saga}} {{status}}' }],
    },
  ]
}

function storePanels(jobs: Jobs): readonly PanelDraft[] {
  const each = 'eventwright_commit_batch_units'
  const rate = (metric: string): string => `rate(${metric}[$__rate_interval])`
  const buckets = `sum by (le) (${rate(series(each, jobs, [], '_bucket'))})`
  const mean = `sum(${rate(series(each, jobs, [], '_sum'))}) / sum(${rate(series(each, jobs, [], '_count'))})`
  const events = rate(series('eventwright_events_total', jobs))
  const retries = rate(series('eventwright_commit_busy_retries_total', jobs))
  return [
    {
      title: 'Events appended',
      description: 'A second; partition 0 has those of the design, partition 1 those of the engine.',
      kind: 'timeseries',
      unit: 'ops',
      queries: [{ expr: greatest(['partition'], events), legend: 'partition {{partition}}' }],
    },
    {
      title: 'Units in a commit',
      description: 'Near 256 all the time: the store is the limit.',
      kind: 'timeseries',
      unit: 'short',
      queries: [
        { expr: mean, legend: 'mean' },
        { expr: `histogram_quantile(0.95, ${buckets})`, legend: '95 of 100 have at most' },
      ],
    },
    {
      title: 'Commits tried again',
      description: 'A second, since the store was busy or out of reach.',
      kind: 'timeseries',
      unit: 'ops',
      queries: [{ expr: `sum by (job, instance) (${retries})`, legend: '{{instance}}' }],
    },
  ]
}
