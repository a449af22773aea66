import { Admin, ListOffsetTimestamps } from '@platformatic/kafka'
import type { BrokerPlace } from './brokers.ts'
import { parcelChannel, partitions } from './parcels.ts'

/** The name of the topic that our adapter has made. */
export function topicOf({ prefix }: Pick<BrokerPlace, 'prefix'>): string {
  return `${prefix}${parcelChannel.name}`
}

/** Rejects unless the topic holds so many messages: offsets have no gaps without transactions. */
export async function assertHolds(at: BrokerPlace, messages: number): Promise<void> {
  const name = topicOf(at)
  const admin = new Admin({ clientId: 'bench', bootstrapBrokers: at.place.split(','), retries: 5 })
  try {
    const [topic] = await admin.listOffsets({
      topics: [
        {
          name,
          partitions: Array.from({ length: partitions }, (_, partitionIndex) => {
            return { partitionIndex, timestamp: ListOffsetTimestamps.LATEST }
          }),
        },
      ],
    })
    const held = topic!.partitions.reduce((sum, { offset }) => sum + Number(offset), 0)
    if (held !== messages) throw new Error(`${messages} messages were acknowledged, and ${name} holds ${held}.`)
  } finally {
    await admin.close()
  }
}
