import type { Suite } from '../suite.ts'
import { backlogMeasures } from './backlog-rows.ts'
import { codecMeasures } from './codec-rows.ts'
import { kafkaMeasures } from './kafka-rows.ts'
import { latencyMeasures } from './latency-rows.ts'
import { rabbitMeasures } from './rabbit-rows.ts'

/** Messages over Kafka and RabbitMQ, with PostgreSQL behind them, and the formats of their values. */
export function messagingSuite(): Suite {
  return {
    name: 'messaging',
    what: 'messages over Kafka and RabbitMQ, and their formats',
    measures: [...kafkaMeasures, ...rabbitMeasures, ...latencyMeasures, ...codecMeasures, ...backlogMeasures],
  }
}
