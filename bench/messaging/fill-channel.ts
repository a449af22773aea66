import { systemClock } from 'eventwright'
import type { Variant } from '../variant.ts'
import { brokerAt, type BrokerOptions } from './brokers.ts'
import { parcel, parcelChannel } from './parcels.ts'

const pageMessages = 1_000

/** Publishes so many orders into the channel, for somebody who measures how they are read. */
export async function open(_: string, options: BrokerOptions & { messages: number }): Promise<Variant> {
  const broker = await brokerAt(options).open({ clock: systemClock })
  await broker.ensure([parcelChannel])
  return {
    async measure() {
      const begun = performance.now()
      for (let n = 0; n < options.messages; n += pageMessages) {
        const count = Math.min(pageMessages, options.messages - n)
        const outcomes = await broker.publish(Array.from({ length: count }, (_, index) => parcel(n + index)))
        if (outcomes.some(({ kind }) => kind !== 'ok')) throw new Error('A message was refused.')
      }
      return { value: (options.messages * 1000) / (performance.now() - begun) }
    },
    close: () => broker.close(),
  }
}
