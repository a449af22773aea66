import type { StreamTable } from '../../ports/streams.ts'
import type { MemoryData } from './data.ts'

/** What is known of single streams, and the erasure of those that were deleted. */
export function memoryStreams(data: MemoryData): StreamTable {
  return {
    async get(name) {
      const known = data.streams.get(name)
      if (known === undefined) return undefined
      const { stream, partition, status, events } = known
      return { stream, partition, version: events.length, status }
    },
    async erase(name, after, limit) {
      const known = data.streams.get(name)
      if (known?.status !== 'deleted') return after
      const to = Math.min(after + limit, known.events.length)
      for (const event of known.events.slice(after, to)) {
        const erased = Object.freeze({ ...event, data: 'null', meta: '{}', deleted: true })
        known.events[event.version - 1] = erased
        data.events[event.partition][event.position - 1] = erased
        data.byId.set(event.id, erased)
      }
      return to
    },
  }
}
