import { onServer, type Databases } from '../store/postgres/databases.ts'
import type { Bench, Measure, Row, Words } from '../suite.ts'
import { VariantProcess, type Measured } from '../variant.ts'
import { withPrefix, type BrokerPlace } from './brokers.ts'
import { fillChannel } from './filled-channel.ts'
import { parcelChannels } from './parcels.ts'
import { brokerNames, onPlace } from './places.ts'

const parts = 10

/** Rows that need a broker and PostgreSQL. */
export const backlogMeasures: readonly Measure[] = (['kafka', 'rabbitmq'] as const).map((broker) => {
  const words: Words = {
    id: `${broker}-backlog`,
    what: `resident size of a reader behind a backlog in ${brokerNames[broker]}, the last fifth of it`,
    unit: 'MiB',
    peer: 'the same reader at the second fifth, when it has its size',
    target: null,
  }
  return {
    id: words.id,
    run: (bench) =>
      onPlace(broker, [words], (place) =>
        onServer([words], (databases) =>
          withPrefix({ broker, place }, parcelChannels, async (at) => [await row(words, at, databases, bench)]),
        ),
      ),
  }
})

async function row(words: Words, at: BrokerPlace, databases: Databases, bench: Bench): Promise<Row> {
  const messages = bench.quick ? 10_000 : 100_000
  await fillChannel(at, messages, bench)
  const store = await databases.create(words.id)
  bench.progress.begin(words.id, parts)
  const options = { ...at, store, messages, parts }
  const module = { file: 'messaging/backlog.ts', options, flags: ['--expose-gc'] }
  const variant = await VariantProcess.open(module, words.id, bench.folder)
  const measured: Measured[] = []
  try {
    for (let part = 0; part < parts; part++) {
      measured.push(await variant.measure(0))
      bench.progress.step()
    }
    await variant.close()
  } finally {
    variant.kill()
  }
  return rowOf(words, messages, measured)
}

/** From the tenths of a backlog. */
export function rowOf(words: Words, messages: number, measured: readonly Measured[]): Row {
  const sizes = measured.map(({ details }) => Number(details!['highest resident MiB']))
  const [ours, theirs] = [Math.max(...sizes.slice(-2)), Math.max(...sizes.slice(2, 4))]
  return {
    ...words,
    ours,
    theirs,
    ratio: ours / theirs,
    repetitions: sizes.map((size) => ({ ours: size, theirs: null, ratio: null })),
    verdict: 'no target',
    details: {
      messages,
      'highest resident MiB': Math.max(...sizes),
      'heap after collection MiB': Number(measured.at(-1)!.details!['heap after collection MiB']),
    },
  }
}
