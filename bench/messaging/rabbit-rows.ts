import type { Bench, Measure, Row, Words } from '../suite.ts'
import { withPrefix } from './brokers.ts'
import { onPlace } from './places.ts'
import { oneQueue } from './rabbit-queue.ts'
import { rateRow } from './rates.ts'

const publishWords: Words = {
  id: 'rabbitmq-publish',
  what: 'messages published into a quorum queue, confirmed, at most 500 of them waiting for that',
  unit: 'messages/s',
  peer: 'bare amqplib: the same messages into the same kind of queue, the same window',
  target: '>= 0.9',
}

const consumeWords: Words = {
  id: 'rabbitmq-consume',
  what: 'messages read from a quorum queue and done 100 at a time, at most 500 sent ahead',
  unit: 'messages/s',
  peer: 'bare amqplib: the values of the same messages as text, acknowledged 100 at a time, prefetch 500',
  target: '>= 0.9',
}

/** Rows that need RabbitMQ alone. */
export const rabbitMeasures: readonly Measure[] = [measure(publishWords, 'publish'), measure(consumeWords, 'consume')]

function measure(words: Words, what: 'publish' | 'consume'): Measure {
  return {
    id: words.id,
    run: (bench) => onPlace('rabbitmq', [words], async (place) => [await row(words, what, place, bench)]),
  }
}

/** Each side has a queue of its own. */
function row(words: Words, what: 'publish' | 'consume', place: string, bench: Bench): Promise<Row> {
  const messages = bench.quick ? 10_000 : 40_000
  const at = { broker: 'rabbitmq', place } as const
  return withPrefix(at, [oneQueue], (ours) =>
    withPrefix(at, [oneQueue], (theirs) =>
      rateRow(
        {
          ...words,
          ours: { file: `messaging/${what}-ours.ts`, options: { ...ours, messages } },
          theirs: { file: `messaging/${what}-raw.ts`, options: { ...theirs, messages } },
        },
        bench,
      ),
    ),
  )
}
