import type { ChannelSpec } from 'eventwright/ports'
import { onServer, type Databases } from '../store/postgres/databases.ts'
import { median, type Bench, type Measure, type Row, type Words } from '../suite.ts'
import { VariantProcess } from '../variant.ts'
import { withPrefix, type BrokerPlace } from './brokers.ts'
import { parcelChannel } from './parcels.ts'
import { brokerNames, onPlace, type BrokerKind } from './places.ts'

const percentiles = [50, 99] as const

/** Rows that need a broker and PostgreSQL. */
export const latencyMeasures: readonly Measure[] = (['kafka', 'rabbitmq'] as const).map((broker) => {
  const words = wordsOf(broker)
  return {
    id: idOf(broker),
    run: (bench) =>
      onPlace(broker, words, (place) =>
        onServer(words, (databases) =>
          withPrefix({ broker, place }, letterChannels, (at) => rows(words, at, databases, bench)),
        ),
      ),
  }
})

/** What the two services of the letters have. */
const letterChannels: readonly ChannelSpec[] = [
  { ...parcelChannel, name: 'letters' },
  { ...parcelChannel, name: 'readers.commands', groups: ['readers/commands'] },
  { ...parcelChannel, name: 'writers.commands', groups: ['writers/commands'] },
]

function idOf(broker: BrokerKind): string {
  return `message-latency-${broker}`
}

function wordsOf(broker: BrokerKind): readonly Words[] {
  return percentiles.map((percent) => ({
    id: `${idOf(broker)}-p${percent}`,
    what: `one event at a time, from its commit to the handler elsewhere over ${brokerNames[broker]}, p${percent}`,
    unit: 'ms',
    peer: 'nobody',
    target: null,
  }))
}

async function rows(
  words: readonly Words[],
  at: BrokerPlace,
  databases: Databases,
  bench: Bench,
): Promise<readonly Row[]> {
  const id = idOf(at.broker)
  const times = bench.quick ? 2 : 11
  bench.progress.begin(id, times + 1)
  const stores = { store: await databases.create(`${id}-a`), readerStore: await databases.create(`${id}-b`) }
  const module = { file: 'messaging/latency.ts', options: { ...at, ...stores } }
  const variant = await VariantProcess.open(module, id, bench.folder)
  const all: Record<string, number>[] = []
  try {
    for (let run = 0; run <= times; run++) {
      const { details } = await variant.measure(bench.quick ? 1_000 : 3_000)
      if (run > 0) all.push(details as Record<string, number>)
      bench.progress.step()
    }
    await variant.close()
  } finally {
    variant.kill()
  }
  return words.map((each, index) => {
    const seen = all.map((one) => one[`p${percentiles[index]}Ms`]!)
    return {
      ...each,
      ratio: null,
      ours: median(seen),
      theirs: null,
      repetitions: seen.map((ours) => ({ ours, theirs: null, ratio: null })),
      verdict: 'no target',
      details: { 'samples a repetition': all.at(-1)!['samples']! },
    }
  })
}
