import { fill } from '../store/filling.ts'
import { onServer, type Databases } from '../store/postgres/databases.ts'
import type { Bench, Measure, Row, Words } from '../suite.ts'
import { withPrefix, type BrokerPlace } from './brokers.ts'
import { fillChannel } from './filled-channel.ts'
import { parcelChannels } from './parcels.ts'
import { onPlace } from './places.ts'
import { rateRow } from './rates.ts'

interface KafkaComparison extends Words {
  /** The client alone, beside the same side of ours. */
  readonly bare: boolean
}

type Measures = (comparison: KafkaComparison, at: BrokerPlace, databases: Databases, bench: Bench) => Promise<Row>

const client = 'the bare @platformatic/kafka client'

const relayWords: KafkaComparison = {
  id: 'kafka-relay',
  what: 'events of a PostgreSQL store relayed to a Kafka channel by a running system',
  unit: 'events/s',
  peer: `by hand with ${client}: reads the same rows 500 at a time, one send for each partition, stores its position`,
  target: '>= 0.6',
  bare: false,
}

const inboxWords: KafkaComparison = {
  id: 'kafka-inbox',
  what: 'a Kafka channel into a handler, with rows of the inbox and positions in PostgreSQL',
  unit: 'messages/s',
  peer: `by hand with ${client}: calls the handler and writes the same rows, 100 messages a transaction`,
  target: '>= 0.6',
  bare: false,
}

const bareOf = (words: KafkaComparison, peer: string): KafkaComparison => ({
  ...words,
  id: `${words.id}-bare`,
  peer: `${client} without a database: ${peer}`,
  target: null,
  bare: true,
})

/** Rows that need Kafka and PostgreSQL. */
export const kafkaMeasures: readonly Measure[] = [
  measure(relayWords, relayRow),
  measure(bareOf(relayWords, 'sends the same messages from memory'), relayRow),
  measure(inboxWords, inboxRow),
  measure(bareOf(inboxWords, 'reads the same messages and calls the handler'), inboxRow),
]

function measure(comparison: KafkaComparison, rowOf: Measures): Measure {
  const { id } = comparison
  return {
    id,
    run: (bench) =>
      onPlace('kafka', [comparison], (place) =>
        onServer([comparison], async (databases) =>
          withPrefix({ broker: 'kafka', place }, parcelChannels, async (at) => [
            await rowOf(comparison, at, databases, bench),
          ]),
        ),
      ),
  }
}

const eventsOfStream = 10

/** Both sides read one database, and each has a topic of its own. */
async function relayRow(
  comparison: KafkaComparison,
  at: BrokerPlace,
  databases: Databases,
  bench: Bench,
): Promise<Row> {
  const { bare } = comparison
  const streams = bench.quick ? 1_000 : 10_000
  const store = await databases.create(comparison.id)
  await fill({ store, streams, events: eventsOfStream }, bench)
  const options = { store, events: streams * eventsOfStream, place: at.place, broker: at.broker }
  return rateRow(
    {
      ...comparison,
      ours: { file: 'messaging/relay-ours.ts', options: { ...options, prefix: `${at.prefix}ours-` } },
      theirs: { file: 'messaging/relay-raw.ts', options: { ...options, prefix: `${at.prefix}theirs-`, bare } },
    },
    bench,
  )
}

/** Both sides read one topic, and each has a database of its own. */
async function inboxRow(
  comparison: KafkaComparison,
  at: BrokerPlace,
  databases: Databases,
  bench: Bench,
): Promise<Row> {
  const { id, bare } = comparison
  const messages = bench.quick ? 10_000 : 40_000
  await fillChannel(at, messages, bench)
  const [ours, theirs] = [await databases.create(`${id}-ours`), await databases.create(`${id}-theirs`)]
  return rateRow(
    {
      ...comparison,
      ours: { file: 'messaging/inbox-ours.ts', options: { ...at, messages, store: ours } },
      theirs: { file: 'messaging/inbox-raw.ts', options: { ...at, messages, store: theirs, bare } },
    },
    bench,
  )
}
