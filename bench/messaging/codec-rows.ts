import type { Measure, Words } from '../suite.ts'
import { onPlace } from './places.ts'
import { rateRow } from './rates.ts'

const names = { avro: 'Avro', protobuf: 'Protobuf' } as const
const peers = { avro: 'avsc', protobuf: 'protobufjs' } as const

/** Rows that need a schema registry, which has the schemas. */
export const codecMeasures: readonly Measure[] = (['avro', 'protobuf'] as const).map((format) => {
  const words: Words = {
    id: `codec-${format}`,
    what: `JSON of an order into the bytes of ${names[format]} as they travel, and back`,
    unit: 'messages/s',
    peer: `bare ${peers[format]}, the same schema: its own objects into the same bytes without their frame, and back`,
    target: null,
  }
  return {
    id: words.id,
    run: (bench) =>
      onPlace('registry', [words], async (registry) => {
        const options = { format, registry }
        const sides = {
          ours: { file: 'messaging/codec-ours.ts', options },
          theirs: { file: 'messaging/codec-raw.ts', options },
        }
        return [await rateRow({ ...words, ...sides }, bench)]
      }),
  }
})
