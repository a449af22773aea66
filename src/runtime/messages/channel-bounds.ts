import { isEventwrightError } from '../../base/errors.ts'
import type { Broker, PartitionBounds } from '../../ports/broker.ts'

/** The partitions of a channel; none where it was removed. */
export async function boundsOf(broker: Broker, channel: string): Promise<readonly PartitionBounds[]> {
  try {
    return await broker.bounds(channel)
  } catch (error) {
    if (isEventwrightError(error, 'EW_CHANNEL_UNKNOWN')) return []
    throw error
  }
}
