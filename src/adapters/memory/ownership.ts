import { compareText } from '../../base/row-value.ts'
import { notLevel } from '../../ports/division.ts'
import { bucketOfKey, handOverMs, type Held, type OwnershipRow, type OwnershipTable } from '../../ports/ownership.ts'
import { nameOf, type MemoryData } from './data.ts'

/** Leases and positions; `now` is the clock that the store was opened with. */
export function memoryOwnership(data: MemoryData, now: () => number): OwnershipTable {
  const rowOf = (held: Held) => {
    const row = data.ownership.get(nameOf(held.bucket, held.consumer, held.source))
    return row !== undefined && row.epoch === held.epoch && row.owner !== null ? row : undefined
  }
  const inOrder = (rows: Iterable<OwnershipRow>): OwnershipRow[] =>
    [...rows]
      .map((row) => ({ ...row }))
      .sort((a, b) => compareText(a.consumer, b.consumer) || compareText(a.source, b.source) || a.bucket - b.bucket)
  const add = (consumer: string, source: string, bucket: number, position: number, epoch: number): void =>
    void data.ownership.set(nameOf(bucket, consumer, source), {
      consumer,
      source,
      bucket,
      position,
      epoch,
      owner: null,
      untilMs: null,
      wanted: null,
      movedAtMs: now(),
      noted: [],
    })
  return {
    async ensure(consumer, source, buckets, position) {
      for (let bucket = 0; bucket < buckets; bucket++)
        if (!data.ownership.has(nameOf(bucket, consumer, source))) add(consumer, source, bucket, position, 0)
    },
    async divide(consumer, source, buckets, position) {
      const rows = [...data.ownership.values()].filter((row) => row.consumer === consumer && row.source === source)
      if (rows.length === buckets) return
      const error = notLevel({ consumer, buckets }, rows, now())
      if (error !== undefined) throw error
      for (const row of rows) data.ownership.delete(nameOf(row.bucket, consumer, source))
      // Higher than any that was given out, so that whoever held a bucket before loses.
      const epoch = Math.max(-1, ...rows.map((row) => row.epoch)) + 1
      for (let bucket = 0; bucket < buckets; bucket++)
        add(consumer, source, bucket, rows[0]?.position ?? position, epoch)
      for (const parked of data.parked.values()) {
        const { head } = parked
        if (head.consumer === consumer && head.source === source)
          parked.head = { ...head, bucket: bucketOfKey(head.key, buckets) }
      }
    },
    async claim(consumer, source, owner, ttlMs) {
      const nowMs = now()
      const claimed: OwnershipRow[] = []
      for (const row of data.ownership.values()) {
        if (row.consumer !== consumer || row.source !== source) continue
        const isOver = row.untilMs === null || row.untilMs <= nowMs
        const isForHim = row.owner === null && row.wanted === owner
        if (row.owner !== owner && !isOver && !isForHim) continue
        row.owner = owner
        row.wanted = null
        row.untilMs = nowMs + ttlMs
        row.epoch++
        claimed.push(row)
      }
      return inOrder(claimed)
    },
    async renew(held, ttlMs) {
      const untilMs = now() + ttlMs
      return held.filter((each) => {
        const row = rowOf(each)
        if (row === undefined) return false
        row.untilMs = untilMs
        return true
      })
    },
    async ask(held, owner) {
      for (const each of held) {
        const row = rowOf(each)
        if (row !== undefined) row.wanted = owner
      }
    },
    async release(held) {
      for (const each of held) {
        const row = rowOf(each)
        if (row === undefined) continue
        row.owner = null
        row.untilMs = row.wanted === null ? null : now() + handOverMs
      }
    },
    async list(consumer) {
      const rows = [...data.ownership.values()]
      return inOrder(consumer === undefined ? rows : rows.filter((row) => row.consumer === consumer))
    },
    async remove(consumer) {
      for (const [name, row] of data.ownership) if (row.consumer === consumer) data.ownership.delete(name)
    },
    async forget(consumer, owner) {
      const rows = [...data.ownership].filter(([, row]) => row.consumer === consumer)
      if (rows.some(([, row]) => row.owner !== owner)) return false
      for (const [name] of rows) data.ownership.delete(name)
      for (const [name, { head }] of data.parked) if (head.consumer === consumer) data.parked.delete(name)
      return true
    },
  }
}
