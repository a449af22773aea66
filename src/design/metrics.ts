/** One metric of those that Eventwright answers at `/metrics`. */
export interface MetricEntry {
  readonly type: 'gauge' | 'counter' | 'histogram'
  /** What one of it is. */
  readonly unit: string
  readonly labels: readonly string[]
  /** One sentence: what it counts. */
  readonly help: string
}

/** The name of a metric. */
export type MetricName =
  | 'eventwright_consumer_lag_events'
  | 'eventwright_consumer_lag_seconds'
  | 'eventwright_consumer_staleness_seconds'
  | 'eventwright_consumer_objective_lag_events'
  | 'eventwright_consumer_objective_staleness_seconds'
  | 'eventwright_consumer_objective_met'
  | 'eventwright_consumer_owners'
  | 'eventwright_consumer_status'
  | 'eventwright_parked_keys'
  | 'eventwright_dead_letters'
  | 'eventwright_sagas'
  | 'eventwright_stuck_sagas'
  | 'eventwright_events_total'
  | 'eventwright_commit_batch_units'
  | 'eventwright_commit_busy_retries_total'

const ofConsumer = ['consumer', 'source'] as const

/**
 * Every metric by name, in the order in which they are answered. What is measured (runtime), what alerts and dashboards
 * ask for (architect) and what docs/operations.md explains are the names of this table and no others.
 */
export const metricTable: Readonly<Record<MetricName, MetricEntry>> = {
  eventwright_consumer_lag_events: {
    type: 'gauge',
    unit: 'events or messages',
    labels: ofConsumer,
    help: 'Events or messages of its source that a consumer has not applied.',
  },
  eventwright_consumer_lag_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: ofConsumer,
    help: 'For how long the oldest of them waits; absent where nobody knows.',
  },
  eventwright_consumer_staleness_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: ofConsumer,
    help: 'For how long a consumer has not moved although there was something to do.',
  },
  eventwright_consumer_objective_lag_events: {
    type: 'gauge',
    unit: 'events or messages',
    labels: ofConsumer,
    help: 'How many events or messages may wait; only where the design declares it.',
  },
  eventwright_consumer_objective_staleness_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: ofConsumer,
    help: 'How old the oldest of them may be; only where the design declares it.',
  },
  eventwright_consumer_objective_met: {
    type: 'gauge',
    unit: '1 or 0',
    labels: ofConsumer,
    help: 'Whether a consumer keeps its declared objectives: 1 if it does, 0 if it misses one.',
  },
  eventwright_consumer_owners: {
    type: 'gauge',
    unit: 'processes',
    labels: ofConsumer,
    help: 'Processes that work for a consumer now.',
  },
  eventwright_consumer_status: {
    type: 'gauge',
    unit: '1 or 0',
    labels: [...ofConsumer, 'status'],
    help: 'How a consumer is doing: 1 for its status, 0 for every other.',
  },
  eventwright_parked_keys: {
    type: 'gauge',
    unit: 'keys',
    labels: ofConsumer,
    help: 'Keys of a consumer whose messages wait because one of them failed.',
  },
  eventwright_dead_letters: {
    type: 'gauge',
    unit: 'messages',
    labels: ['consumer', 'code', 'type'],
    help: 'Messages that failed for good, one at the head of each parked key, by what they failed with.',
  },
  eventwright_sagas: {
    type: 'gauge',
    unit: 'instances',
    labels: ['saga', 'status'],
    help: 'Instances of sagas and processes by status.',
  },
  eventwright_stuck_sagas: {
    type: 'gauge',
    unit: 'instances',
    labels: ['saga'],
    help: 'Instances of sagas that wait for a person.',
  },
  eventwright_events_total: {
    type: 'counter',
    unit: 'events',
    labels: ['partition'],
    help: 'Events ever stored: partition 0 has those of the design, partition 1 those of the engine.',
  },
  eventwright_commit_batch_units: {
    type: 'histogram',
    unit: 'units of work',
    labels: [],
    help: 'Units of work that this process has committed in one transaction.',
  },
  eventwright_commit_busy_retries_total: {
    type: 'counter',
    unit: 'commits',
    labels: [],
    help: 'Commits of this process that were tried again because the store was busy or out of reach.',
  },
}
