import type { Graph } from '../../design/graph.ts'
import { declaredObjectives, lagText, stalenessText, type DeclaredObjectives } from './declared-objectives.ts'
import { series, targets, type Jobs, type LabelMatch } from './promql.ts'

/** How alerts are made. */
export interface AlertOptions {
  /** The name of the system, for the names of groups. */
  readonly system: string
  readonly jobs: Jobs
  /** Where docs/operations.md is found; the section of an alert is appended. */
  readonly runbookUrl: string
}

/** One alert of Prometheus. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  /** For how long it has to be so. */
  readonly for: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>
}

/** A file of rules. */
export interface AlertRules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[]
}

/** What every alert says before its place is known. */
type Draft = Omit<AlertRule, 'annotations'> & { readonly summary: string; readonly description: string }

/**
 * The alerts of a system: those that every system has, and those of the objectives that it declares. What is in a store
 * is told by each process that works on it, so the greatest counts and never the sum.
 */
export function alertRules(graph: Graph, options: AlertOptions): AlertRules {
  const { system, jobs, runbookUrl } = options
  const finished = ({ summary, description, ...rule }: Draft): AlertRule => ({
    ...rule,
    annotations: { summary, description, runbook_url: `${runbookUrl}#${rule.alert.toLowerCase()}` },
  })
  const drafts = [
    { name: `eventwright-${system}`, rules: [...processAlerts(jobs), ...consumerAlerts(jobs), ...troubleAlerts(jobs)] },
    { name: `eventwright-${system}-objectives`, rules: objectiveAlerts(graph, jobs) },
  ]
  return {
    groups: drafts
      .filter(({ rules }) => rules.length > 0)
      .map(({ name, rules }) => ({ name, rules: rules.map(finished) })),
  }
}

function processAlerts(jobs: Jobs): readonly Draft[] {
  return [
    {
      alert: 'EventwrightProcessDown',
      expr: `${targets(jobs)} == 0`,
      for: '1m',
      labels: { severity: 'critical' },
      summary: 'The process {{ $labels.instance }} of {{ $labels.job }} does not answer.',
      description: 'It is gone, or it cannot reach its store. What it worked on others take over, if there are others.',
    },
    ...jobs.map((job) => ({
      alert: 'EventwrightNoProcess',
      expr: `absent(${targets([job])})`,
      for: '2m',
      labels: { severity: 'critical', job },
      summary: 'Prometheus scrapes no process of the job {{ $labels.job }}.',
      description: 'None runs, or the job has another name than these rules were made for.',
    })),
  ]
}

/** What a status means that somebody should look at, beside what it is called in docs/operations.md. */
const statuses = [
  {
    alert: 'EventwrightConsumerStalled',
    status: 'stalled',
    severity: 'critical',
    is: 'has work and does not move',
    description: 'Its handler hangs or fails again and again: the log of the process that owns it says which.',
  },
  {
    alert: 'EventwrightConsumerStopped',
    status: 'stopped',
    severity: 'critical',
    is: 'has work and nobody works for it',
    description: 'Start its service; one that gave up says why in the log of its process.',
  },
  {
    alert: 'EventwrightConsumerFallingBehind',
    status: 'falling behind',
    severity: 'warning',
    is: 'is falling behind',
    description: 'More comes than it can do: give it more processes, or make its handler faster.',
  },
  {
    alert: 'EventwrightConsumerBrokerAway',
    status: 'broker away',
    severity: 'critical',
    is: 'cannot reach its broker',
    description: 'Nobody knows what waits in its channel. Nothing is lost: see that the broker runs and lets it in.',
  },
  {
    alert: 'EventwrightConsumerNeedsNewerRelease',
    status: 'needs newer release',
    severity: 'critical',
    is: 'has met what a newer release has written',
    description: 'Start that release.',
  },
  {
    alert: 'EventwrightConsumerAhead',
    status: 'ahead',
    severity: 'critical',
    is: 'has done more than its source holds',
    description: 'They are of different backups: EW_CHECKPOINT_AHEAD says what to do.',
  },
] as const

/** Every status that somebody is told of. */
export const alarmingStatuses: readonly string[] = statuses.map(({ status }) => status)

function consumerAlerts(jobs: Jobs): readonly Draft[] {
  return statuses.map(({ alert, status, severity, is, description }) => {
    const found = series('eventwright_consumer_status', jobs, [{ label: 'status', is: status }])
    return {
      alert,
      expr: `max by (job, consumer, source) (${found}) == 1`,
      for: '1m',
      labels: { severity },
      summary: `{{ $labels.consumer }} ${is}.`,
      description,
    }
  })
}

function troubleAlerts(jobs: Jobs): readonly Draft[] {
  const letters = series('eventwright_dead_letters', jobs)
  const parked = series('eventwright_parked_keys', jobs)
  const stuck = series('eventwright_stuck_sagas', jobs)
  const now = `sum by (job, consumer) (max by (job, consumer, code, type) (${letters}))`
  const before = `sum by (job, consumer) (max by (job, consumer, code, type) (${letters} offset 10m))`
  return [
    {
      alert: 'EventwrightDeadLettersRising',
      // A consumer without any has no series: its first ones have risen from 0.
      expr: `${now} - (${before} or 0 * ${now}) > 0`,
      for: '0s',
      labels: { severity: 'warning' },
      summary: '{{ $labels.consumer }} has {{ $value }} more dead letters than 10 minutes ago.',
      description: 'Their keys wait, others go on. eventwright dead-letters list says what they failed with.',
    },
    {
      alert: 'EventwrightKeysParked',
      expr: `max by (job, consumer, source) (${parked}) > 0`,
      for: '15m',
      labels: { severity: 'warning' },
      summary: '{{ $value }} keys of {{ $labels.consumer }} wait behind a message that failed.',
      description: 'Repair the cause, then eventwright dead-letters replay, edit or discard.',
    },
    {
      alert: 'EventwrightSagasStuck',
      expr: `max by (job, saga) (${stuck}) > 0`,
      for: '1m',
      labels: { severity: 'critical' },
      summary: '{{ $value }} instances of {{ $labels.saga }} wait for a person.',
      description: 'eventwright sagas list --status stuck, then an order with a reason.',
    },
  ]
}

function objectiveAlerts(graph: Graph, jobs: Jobs): readonly Draft[] {
  return declaredObjectives(graph).flatMap((part) => {
    const { kind, name, service, owner, lag, stalenessMs } = part
    const team = owner === undefined ? {} : { team: untemplated(owner) }
    const labels = { severity: 'warning', service, ...team, [kind]: name }
    const description =
      'A burst falls again by itself. Else it needs more processes or a faster handler: see its status.'
    return [
      ...(lag === undefined
        ? []
        : [
            {
              alert: 'EventwrightLagObjectiveMissed',
              expr: `${lagOf(part, jobs)} > ${lag}`,
              for: '1m',
              labels,
              summary: `{{ $labels.consumer }} has {{ $value }} waiting; the design says ${lagText(lag)}.`,
              description,
            },
          ]),
      ...(stalenessMs === undefined
        ? []
        : [
            {
              alert: 'EventwrightStalenessObjectiveMissed',
              expr: `${stalenessOf(part, jobs)} > ${stalenessMs / 1000}`,
              for: '1m',
              labels,
              summary:
                '{{ $labels.consumer }} is {{ humanizeDuration $value }} behind; ' +
                `the design says ${stalenessText(stalenessMs)}.`,
              description,
            },
          ]),
    ]
  })
}

/** Labels are templates; the name of a team may be any text. */
function untemplated(text: string): string {
  return text.replaceAll('{{', '{{"{{"}}')
}

/** How much waits for a part, by consumer. */
export function lagOf(part: DeclaredObjectives, jobs: Jobs): string {
  const waiting = series('eventwright_consumer_lag_events', jobs, [consumersOf(part)])
  return greatest(judgedOf(part, waiting, series('eventwright_consumer_objective_lag_events', jobs)))
}

/**
 * How old the oldest is that waits for a part, by consumer; where nobody knows, for how long it has not moved.
 */
export function stalenessOf(part: DeclaredObjectives, jobs: Jobs): string {
  const consumers = [consumersOf(part)]
  const oldest = series('eventwright_consumer_lag_seconds', jobs, consumers)
  const still = series('eventwright_consumer_staleness_seconds', jobs, consumers)
  const known = `(${oldest} or ${still})`
  return greatest(judgedOf(part, known, series('eventwright_consumer_objective_staleness_seconds', jobs)))
}

/** Which consumers work for a part. */
export function consumersOf({ consumers }: DeclaredObjectives): LabelMatch {
  return { label: 'consumer', matches: consumers }
}

/** A generation of a view that nobody reads, or not yet, is told by the absence of its objective. */
function judgedOf({ kind }: DeclaredObjectives, measured: string, objective: string): string {
  return kind === 'projection' ? `${measured} and ${objective}` : measured
}

function greatest(measured: string): string {
  return `max by (job, consumer, source) (${measured})`
}
