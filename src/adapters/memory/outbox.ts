import type { OutboxMessage, OutboxRow, OutboxTable } from '../../ports/outbox.ts'

/** What units have sent and relays have not read. */
export class MemoryOutbox {
  #rows: OutboxRow[] = []
  #head = 0

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
      trim: async (position) => {
        const count = this.#indexAfter(position)
        this.#rows = this.#rows.slice(count)
        return count
      },
    }
  }

  /** Positions are dense and only the oldest rows go, so the place of a row can be counted. */
  #indexAfter(position: number): number {
    const trimmed = this.#head - this.#rows.length
    return Math.min(Math.max(0, position - trimmed), this.#rows.length)
  }
}
