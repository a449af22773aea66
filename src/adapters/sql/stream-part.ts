import type { Partition } from '../../ports/stored-event.ts'
import type { StreamStatus } from '../../ports/streams.ts'

const statuses = ['open', 'archived', 'deleted'] as const satisfies readonly StreamStatus[]

/**
 * What a stream stores in place of its partition: of one that is not open no append names that number. So it is refused
 * like one of the other partition, and no commit asks for more than before.
 */
export function storedPart(partition: Partition, status: StreamStatus): number {
  return partition + 2 * statuses.indexOf(status)
}

/** The partition of a stream, whatever it takes. */
export function partitionOf(part: number): Partition {
  return (part & 1) as Partition
}

/** What a stream takes. */
export function statusOf(part: number): StreamStatus {
  return statuses[part >> 1]!
}

/** What streams store that are so, of whichever partition. */
export function partsOf(status: StreamStatus): readonly number[] {
  return [storedPart(0, status), storedPart(1, status)]
}

/** The least number that a deleted stream stores. */
export const deletedPart: number = storedPart(0, 'deleted')
