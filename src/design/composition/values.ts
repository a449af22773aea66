import { parseDuration } from '../../base/duration.ts'
import { describeValue } from '../../base/json-value.ts'
import type { AnyChannel } from '../channel.ts'
import { mostMailCounted, type Objectives } from '../objectives.ts'
import type { AnySubscription } from '../subscription.ts'
import type { Finding } from './finding.ts'
import type { Composition } from './parts.ts'

/** Durations, numbers and words that are out of range. */
export function valueFindings(composition: Composition): readonly Finding[] {
  const { aggregates, projections, subscriptions, sagas, processes, channels } = composition
  return [
    ...aggregates.flatMap(({ definition: { snapshot }, where }) =>
      snapshot === undefined
        ? []
        : [...whole('snapshot.every', snapshot.every, where), ...whole('snapshot.version', snapshot.version, where)],
    ),
    ...projections.flatMap(({ definition, where }) => [
      ...whole('version', definition.version, where),
      ...oneOf('mode', definition.mode, ['inline', 'async', 'live'], where),
    ]),
    ...subscriptions.flatMap(({ definition, where }) => subscriptionValues(definition, where)),
    ...[...sagas, ...processes].flatMap(({ definition, where }) => [
      ...whole('version', definition.version, where),
      ...objectiveValues(definition.objectives, where, mostMailCounted - 1),
    ]),
    ...[...projections, ...subscriptions].flatMap(({ definition, where }) =>
      objectiveValues(definition.objectives, where, Infinity),
    ),
    ...channels.flatMap(({ definition, where }) => channelValues(definition, where)),
  ]
}

function subscriptionValues({ retry, startAt, concurrency }: AnySubscription, where: string): readonly Finding[] {
  return [
    ...(retry.maxAttempts === 'forever' ? [] : whole('retry.maxAttempts', retry.maxAttempts, where)),
    ...duration('retry.initial', retry.initial, where),
    ...duration('retry.max', retry.max, where),
    ...(retry.factor >= 1 && retry.factor <= 100
      ? []
      : [finding('retry.factor', retry.factor, 'a number from 1 to 100', where)]),
    ...whole('concurrency', concurrency, where),
    ...oneOf('startAt', startAt, ['beginning', 'now'], where),
  ]
}

/** A lag that nobody counts up to would be kept for ever. */
function objectiveValues(objectives: Objectives | undefined, where: string, mostLag: number): readonly Finding[] {
  if (objectives === undefined) return []
  const isTable = typeof objectives === 'object' && objectives !== null
  const given = isTable ? Object.entries(objectives).filter(([, value]) => value !== undefined) : []
  const expected = `lag, staleness or both, as in { lag: 100, staleness: '5s' }`
  if (given.length === 0) return [finding('objectives', objectives, expected, where)]
  const { lag, staleness } = objectives
  const isTooMuch = Number.isSafeInteger(lag) && lag! > mostLag
  return [
    ...given.flatMap(([name, value]) =>
      name === 'lag' || name === 'staleness' ? [] : [finding(`objectives.${name}`, value, expected, where)],
    ),
    ...optionalWhole('objectives.lag', lag, where),
    ...(isTooMuch ? [finding('objectives.lag', lag, `a whole number from 1 to ${mostLag}`, where)] : []),
    ...(staleness === undefined ? [] : duration('objectives.staleness', staleness, where)),
  ]
}

function channelValues({ retention, kafka, rabbitmq }: AnyChannel, where: string): readonly Finding[] {
  return [
    ...(retention === undefined ? [] : duration('retention', retention, where)),
    ...optionalWhole('kafka.partitions', kafka.partitions, where),
    ...optionalWhole('kafka.replicas', kafka.replicas, where),
    ...optionalWhole('kafka.maxMessageBytes', kafka.maxMessageBytes, where),
    ...optionalWhole('rabbitmq.deliveryLimit', rabbitmq.deliveryLimit, where),
    ...(kafka.compression === undefined
      ? []
      : oneOf('kafka.compression', kafka.compression, ['none', 'gzip', 'snappy', 'lz4', 'zstd'], where)),
    ...(rabbitmq.queue === undefined
      ? []
      : oneOf('rabbitmq.queue', rabbitmq.queue, ['quorum', 'classic', 'stream'], where)),
  ]
}

function optionalWhole(name: string, value: number | undefined, where: string): readonly Finding[] {
  return value === undefined ? [] : whole(name, value, where)
}

function whole(name: string, value: number, where: string): readonly Finding[] {
  return Number.isSafeInteger(value) && value >= 1 ? [] : [finding(name, value, 'a whole number of at least 1', where)]
}

function duration(name: string, value: string, where: string): readonly Finding[] {
  const ms = typeof value === 'string' ? parseDuration(value) : null
  return ms !== null && ms > 0 ? [] : [finding(name, value, `a duration above zero such as '250ms', '5s', '1h'`, where)]
}

function oneOf(name: string, value: unknown, words: readonly string[], where: string): readonly Finding[] {
  return words.includes(value as string) ? [] : [finding(name, value, `one of ${words.join(', ')}`, where)]
}

function finding(name: string, value: unknown, expected: string, where: string): Finding {
  return { code: 'value-not-valid', where, what: `${name} is ${describeValue(value)}.`, remedy: `Use ${expected}.` }
}
