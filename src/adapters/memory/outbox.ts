import type { OutboxMessage, OutboxRow, OutboxTable } from '../../ports/outbox.ts'

/** What units have sent and relays have not read. */
export class MemoryOutbox {
  #rows: OutboxRow[] = []
  #head = 0

  /** The place of the newest row. */
  get head(): number {
    return this.#head
  }

  /** Takes the messages of a winner over, in its order. */
  write(messages: readonly OutboxMessage[], nowMs: number): void {
    for (const message of messages) this.#rows.push({ ...message, position: ++this.#head, recordedAtMs: nowMs })
  }

  /** What the port asks for. */
  table(): OutboxTable {
    return {
      after: async (position, limit) => {
        const start = this.#indexAfter(position)
        return this.#rows.slice(start, start + limit).map((row) => ({ ...row }))
      },
      head: async () => this.#head,
      trim: async (service, position, limit) => {
        let count = 0
        this.#rows = this.#rows.filter((row) => {
          const stays = row.service !== service || row.position > position || count >= limit
          if (!stays) count++
          return stays
        })
        return count
      },
    }
  }

  #indexAfter(position: number): number {
    let low = 0
    let high = this.#rows.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#rows[middle]!.position <= position) low = middle + 1
      else high = middle
    }
    return low
  }
}
