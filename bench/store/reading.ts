import type { Variant } from '../variant.ts'
import type { orderData } from './orders.ts'

/** What was seen of a stream. */
export interface StreamSeen {
  readonly events: number
  /** The sum over the events of the quantity of the first item: data that is not decoded has none. */
  readonly pieces: number
}

/** Measures how many events a second come when one stream after the other is read, all of the same length. */
export function readingStreams(
  { streams, events }: { readonly streams: number; readonly events: number },
  read: (stream: string) => StreamSeen | Promise<StreamSeen>,
): Variant['measure'] {
  let next = 0
  return async (forMs) => {
    const begun = performance.now()
    let count = 0
    while (performance.now() < begun + forMs) {
      const seen = await read(`Order/stream-${next}`)
      next = (next + 1) % streams
      if (seen.events !== events || !(seen.pieces >= events)) throw new Error(`${seen.events} events were read.`)
      count += events
    }
    return { value: (count * 1000) / (performance.now() - begun) }
  }
}

/** What there is in a column of JSON texts. */
export function seenIn(rows: readonly (readonly unknown[])[], column: number): StreamSeen {
  let pieces = 0
  for (const row of rows)
    pieces += (JSON.parse(row[column] as string) as ReturnType<typeof orderData>).items[0]!.quantity
  return { events: rows.length, pieces }
}
