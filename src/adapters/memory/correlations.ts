import { longestCorrelationId, type CorrelationTable, type Indexed } from '../../ports/correlations.ts'
import type { Partition, StoredEvent } from '../../ports/stored-event.ts'
import type { MemoryData } from './data.ts'

/** The index of events by correlation id. */
export function memoryCorrelations(data: MemoryData): CorrelationTable {
  const { index, ends } = data.correlated
  const take = (partition: Partition, limit: number): void => {
    const events = data.events[partition].slice(ends[partition], ends[partition] + limit)
    for (const event of events) {
      const id = correlationOf(event)
      if (id === undefined) continue
      const name = `${partition} ${id}`
      const positions = index.get(name)
      if (positions === undefined) index.set(name, [event.position])
      else positions.push(event.position)
    }
    ends[partition] += events.length
  }
  return {
    indexed: async () => [ends[0], ends[1]],
    async extend(limit): Promise<Indexed> {
      take(0, limit)
      take(1, limit)
      return [ends[0], ends[1]]
    },
    async find({ correlationId, partition, after, limit }) {
      const positions = index.get(`${partition} ${correlationId}`) ?? []
      return positions
        .filter((position) => position > after)
        .map((position) => data.events[partition][position - 1]!)
        .filter((event) => !event.deleted)
        .slice(0, limit)
    },
  }
}

function correlationOf({ meta, deleted }: StoredEvent): string | undefined {
  if (deleted) return undefined
  const { correlationId } = JSON.parse(meta) as { readonly correlationId?: unknown }
  return typeof correlationId === 'string' && correlationId.length <= longestCorrelationId ? correlationId : undefined
}
