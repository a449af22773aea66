import { categoryOf } from '../../base/stream-name.ts'
import { compareText } from '../../base/row-value.ts'
import type { EventLog } from '../../ports/event-log.ts'
import type { StreamInfo } from '../../ports/streams.ts'
import type { StoredEvent } from '../../ports/stored-event.ts'
import type { MemoryData } from './data.ts'

/** Reads of the events. */
export function memoryLog(data: MemoryData): EventLog {
  return {
    async readStream({ stream, from = 1, to = Number.MAX_SAFE_INTEGER, backwards = false, limit }) {
      const events = data.streams.get(stream)?.events ?? []
      const first = Math.max(from, 1) - 1
      const end = Math.min(to, events.length)
      if (end <= first || limit < 1) return []
      return backwards
        ? events.slice(Math.max(first, end - limit), end).reverse()
        : events.slice(first, Math.min(end, first + limit))
    },
    async readLog({ partition, after, to = Number.MAX_SAFE_INTEGER, categories, limit }) {
      const log = data.events[partition]
      const end = Math.max(0, Math.min(to, log.length))
      if (categories === undefined) return log.slice(after, Math.min(end, after + limit))
      const wanted = new Set(categories)
      const page: StoredEvent[] = []
      for (let at = after; at < end && page.length < limit; at++) {
        const event = log[at]!
        if (wanted.has(categoryOf(event.stream))) page.push(event)
      }
      return page
    },
    async head(partition) {
      return data.events[partition].length
    },
    async version(stream) {
      return data.streams.get(stream)?.events.length ?? 0
    },
    async streams({ category, status: wanted, after, limit }) {
      const page: StreamInfo[] = []
      const start = category === undefined ? '' : `${category}/`
      const isBefore = (name: string): boolean =>
        compareText(name, start) < 0 || (after !== undefined && compareText(name, after) <= 0)
      for (const name of data.streamNames.ascending(isBefore)) {
        if (page.length >= limit || !name.startsWith(start)) break
        const { stream, partition, status, events } = data.streams.get(name)!
        if (wanted === undefined || wanted === status) page.push({ stream, partition, version: events.length, status })
      }
      return page
    },
    async places(ids) {
      return ids.flatMap((id) => {
        const event = data.byId.get(id)
        if (event === undefined) return []
        const { stream, partition, version, position } = event
        return [{ id, stream, partition, version, position }]
      })
    },
    async at(positions) {
      const log = data.events[0]
      return [...new Set(positions)].sort((a, b) => a - b).flatMap((position) => log[position - 1] ?? [])
    },
  }
}
