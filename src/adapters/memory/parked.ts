import { compareText } from '../../base/row-value.ts'
import type { ParkedKey, ParkedTable } from '../../ports/parked.ts'
import { nameOf, type MemoryData, type MemoryParked } from './data.ts'

/** Reads of what is parked, and the mark for replay. */
export function memoryParked(data: MemoryData): ParkedTable {
  const of = (consumer: string | undefined): ParkedKey[] =>
    [...data.parked.values()]
      .filter(({ key }) => consumer === undefined || key.consumer === consumer)
      .map(shown)
      .sort(compare)
  return {
    async list({ consumer, limit, after }) {
      const keys = of(consumer)
      return (after === undefined ? keys : keys.filter((key) => compare(key, after) > 0)).slice(0, limit)
    },
    async get(consumer, key) {
      const parked = data.parked.get(nameOf(consumer, key))
      return parked && shown(parked)
    },
    async among(consumer, keys) {
      return new Set(keys.filter((key) => data.parked.has(nameOf(consumer, key))))
    },
    async count(consumer) {
      return of(consumer).length
    },
    async waiting(consumer, key, limit) {
      return [...(data.parked.get(nameOf(consumer, key))?.waiting ?? [])]
        .sort(([a], [b]) => a - b)
        .slice(0, limit)
        .map(([position, raw]) => (raw === undefined ? { position } : { position, raw }))
    },
    async resume(consumer, key) {
      const parked = data.parked.get(nameOf(consumer, key))
      if (parked === undefined) return false
      parked.key = { ...parked.key, resuming: true }
      return true
    },
    async resuming(consumer) {
      return of(consumer).filter((key) => key.resuming)
    },
  }
}

function shown({ key, waiting }: MemoryParked): ParkedKey {
  return { ...key, waiting: waiting.size }
}

function compare(
  a: { readonly consumer: string; readonly key: string },
  b: { readonly consumer: string; readonly key: string },
): number {
  return compareText(a.consumer, b.consumer) || compareText(a.key, b.key)
}
