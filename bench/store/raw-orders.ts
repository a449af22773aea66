import { start } from 'eventwright'
import { sqlite } from 'eventwright/sqlite'
import { randomFillSync } from 'node:crypto'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { orders, type orderData } from './orders.ts'

/**
 * What somebody would write by hand for one event type: the same tables, columns and check as ours, and nothing else.
 */
export class RawOrders {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #streamOf: StatementSync
  readonly #head: StatementSync
  readonly #lastNo: StatementSync
  readonly #addStream: StatementSync
  readonly #addEvent: StatementSync
  readonly #setHead: StatementSync

  /** Our adapter makes the tables, so that they cannot differ. */
  static async open(file: string): Promise<RawOrders> {
    await (await start(orders, { store: sqlite(file) })).stop()
    return new RawOrders(file)
  }

  private constructor(file: string) {
    this.#database = new DatabaseSync(file)
    this.#database.exec('pragma synchronous = full; pragma wal_autocheckpoint = 4000')
    this.#begin = this.#database.prepare('begin immediate')
    this.#commit = this.#database.prepare('commit')
    this.#streamOf = this.#prepare('select no, version from ew_streams where stream = ?')
    this.#head = this.#prepare('select position from ew_head where part = 0')
    this.#lastNo = this.#prepare('select coalesce(max(no), 0) from ew_streams')
    this.#addStream = this.#prepare('insert into ew_streams (no, stream, part, hash, version) values (?, ?, 0, ?, 1)')
    this.#addEvent = this.#prepare(
      'insert into ew_events (seq, no, version, id, type, schema_version, occurred_at, recorded_at, checksum, data, meta) ' +
        `values (?, ?, 1, ?, 'OrderPlaced', 1, ?, ?, ?, ?, ?)`,
    )
    this.#setHead = this.#prepare('update ew_head set position = ? where part = 0')
  }

  /** Appends the first event of each stream in one transaction; false for streams that exist already. */
  append(batch: readonly { readonly id: string; readonly data: ReturnType<typeof orderData> }[]): readonly boolean[] {
    this.#begin.run()
    try {
      const now = Date.now()
      let position = valueOf(this.#head.get())
      let no = valueOf(this.#lastNo.get())
      const taken = batch.map(({ id: orderId, data }) => {
        const stream = `Order/${orderId}`
        if (this.#streamOf.get(stream) !== undefined) return false
        this.#addStream.run(++no, stream, murmurHash(stream) & 1023)
        const id = nextId(now)
        const meta = `{"causationId":"${id}","correlationId":"${id}"}`
        const text = JSON.stringify(data)
        const sum = crc32(`${id}\0${stream}\0OrderPlaced\x001\0${text}\0${meta}`)
        this.#addEvent.run(++position, no, Buffer.from(id.replaceAll('-', ''), 'hex'), now, now, sum, text, meta)
        return true
      })
      this.#setHead.run(position)
      this.#commit.run()
      return taken
    } catch (error) {
      this.#database.exec('rollback')
      throw error
    }
  }

  close(): void {
    this.#database.close()
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#database.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
}

function valueOf(row: unknown): number {
  return (row as [number])[0]
}

const random = Buffer.alloc(8192)
let used = random.length
let counter = 0

/** A UUIDv7; a counter keeps those of one millisecond in order. */
export function nextId(now: number): string {
  if (used === random.length) {
    randomFillSync(random)
    used = 0
  }
  const time = now.toString(16).padStart(12, '0')
  const tail = random.toString('hex', used, (used += 8))
  counter = (counter + 1) & 0xfff
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-a${tail.slice(1, 4)}-${tail.slice(4)}`
}

/** MurmurHash3 of an ASCII text, 32 bit, seed 0. */
export function murmurHash(text: string): number {
  let hash = 0
  const whole = text.length & ~3
  for (let at = 0; at < whole; at += 4) {
    hash ^= scrambled(blockAt(text, at, 4))
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  if (whole < text.length) hash ^= scrambled(blockAt(text, whole, text.length - whole))
  hash ^= text.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function blockAt(text: string, at: number, count: number): number {
  let block = 0
  for (let index = at + count - 1; index >= at; index--) block = (block << 8) | text.charCodeAt(index)
  return block
}

function scrambled(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51)
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
}
