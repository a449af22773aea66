import { fetchBytes, type Fetched } from './fetch.ts'
import type { OpenedRecord } from './records.ts'

/** Records that were fetched and not yet read, of one partition. */
export interface Kept {
  /** What a read must ask for to get them. */
  from: number
  records: OpenedRecord[]
  next: number
  bytes: number
  atEnd: boolean
  ahead: Promise<Fetched<OpenedRecord> | undefined> | undefined
}

const mostBytes = 32 << 20

/** Bounds what all readers keep: of more than that, those who have not read for the longest time lose theirs. */
export class Shelf {
  readonly #kept = new Map<Kept, () => void>()
  #bytes = 0
  #coming = 0

  /** Takes something in; `lose` is called when it must go for others. */
  add(added: Kept, lose: () => void): void {
    this.#kept.set(added, lose)
    this.#bytes += added.bytes
    this.#bound(added)
  }

  /** So many bytes were put behind what is kept. */
  grow(kept: Kept, bytes: number): void {
    if (!this.#kept.has(kept)) return
    kept.bytes += bytes
    this.#bytes += bytes
    this.#bound(kept)
  }

  #bound(added: Kept): void {
    for (const [kept, tell] of this.#kept) {
      if (this.#bytes <= mostBytes) return
      if (kept === added) continue
      this.drop(kept)
      tell()
    }
  }

  /** Somebody has read so many bytes of it, and stands behind all others now. */
  take(kept: Kept, bytes: number): void {
    const lose = this.#kept.get(kept)
    if (lose === undefined) return
    this.#kept.delete(kept)
    this.#kept.set(kept, lose)
    kept.bytes -= bytes
    this.#bytes -= bytes
  }

  drop(kept: Kept): void {
    if (this.#kept.delete(kept)) this.#bytes -= kept.bytes
  }

  /** Fetches ahead, unless much is kept or on its way. */
  ahead<T>(fetch: () => Promise<T>): Promise<T | undefined> | undefined {
    if (this.#bytes + this.#coming * fetchBytes > mostBytes / 2) return undefined
    this.#coming++
    return fetch()
      .catch(() => undefined)
      .finally(() => this.#coming--)
  }
}
