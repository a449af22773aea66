import type { Unpack } from './unpack.ts'

/** A record as it stands in a batch. */
export interface BatchRecord {
  readonly length: number
  readonly timestampDelta: number | bigint
  readonly offsetDelta: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[]
  /** Why this stands for all records of its batch, with their bytes as value. */
  readonly fault?: string
}

/** Records that a producer has sent together, and the broker keeps together. */
export interface Batch {
  readonly firstOffset: bigint
  readonly lastOffsetDelta: number
  readonly attributes: number
  readonly firstTimestamp: bigint
  readonly maxTimestamp: bigint
  readonly producerId: bigint
  /** Unpacked each time that somebody goes through them. */
  readonly records: Iterable<BatchRecord>
}

const headBytes = 61
/** What stands before the length of a batch and is not counted by it. */
const beforeLength = 12
const packing = 0b111

/** The batches in an answer; one at the end that is not whole is left out, since the broker cuts where it has to. */
export function readBatches(bytes: Buffer, unpack: Unpack): readonly Batch[] {
  const batches: Batch[] = []
  for (let at = 0; bytes.length - at >= headBytes;) {
    const end = at + beforeLength + bytes.readInt32BE(at + 8)
    if (end > bytes.length) break
    if (end < at + headBytes) throw new Error('A batch of records is shorter than its head')
    const magic = bytes.readInt8(at + 16)
    if (magic !== 2) throw new Error(`A batch of records is of the format ${magic}, and only 2 is read`)
    batches.push(batchOf(bytes.subarray(at, end), unpack))
    at = end
  }
  return batches
}

function batchOf(bytes: Buffer, unpack: Unpack): Batch {
  const attributes = bytes.readInt16BE(21)
  const lastOffsetDelta = bytes.readInt32BE(23)
  const count = bytes.readInt32BE(57)
  const stored = bytes.subarray(headBytes)
  const records = {
    *[Symbol.iterator](): Generator<BatchRecord> {
      try {
        const packed = attributes & packing
        const bytes = packed === 0 ? stored : unpack(packed, stored)
        yield* recordsIn(bytes, count)
      } catch (error) {
        yield unreadable(stored, lastOffsetDelta, (error as Error).message)
      }
    },
  }
  return {
    firstOffset: bytes.readBigInt64BE(0),
    lastOffsetDelta,
    attributes,
    firstTimestamp: bytes.readBigInt64BE(27),
    maxTimestamp: bytes.readBigInt64BE(35),
    producerId: bytes.readBigInt64BE(43),
    records,
  }
}

/** What stands for the records of a batch that cannot be read. Behind the last of them the next batch begins. */
function unreadable(value: Buffer, offsetDelta: number, why: string): BatchRecord {
  return { length: value.length, timestampDelta: 0, offsetDelta, key: null, value, headers: [], fault: why }
}

function* recordsIn(bytes: Buffer, count: number): Generator<BatchRecord> {
  const reader = new RecordReader(bytes)
  for (let index = 0; index < count; index++) yield reader.record()
}

/** Reads records one after the other, each within the bytes that are there. */
class RecordReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  record(): BatchRecord {
    const length = this.#number()
    const end = this.#at + length
    if (length < 0 || end > this.#bytes.length) throw new Error(`a record of ${length} bytes does not fit into it`)
    this.#at++
    const record = {
      length,
      timestampDelta: this.#number(),
      offsetDelta: this.#number(),
      key: this.#content(),
      value: this.#content(),
      headers: this.#headers(end),
    }
    if (this.#at !== end) throw new Error(`a record says that it has ${length} bytes, and it has others`)
    return record
  }

  #headers(end: number): BatchRecord['headers'] {
    const count = this.#number()
    if (count === 0) return none
    if (count < 0 || 2 * count > end - this.#at) throw new Error(`a record says that it has ${count} headers`)
    const headers: [Buffer | null, Buffer | null][] = []
    for (let index = 0; index < count; index++) headers.push([this.#content(), this.#content()])
    return headers
  }

  #content(): Buffer | null {
    const length = this.#number()
    if (length === -1) return null
    const end = this.#at + length
    if (length < 0 || end > this.#bytes.length) throw new Error(`a text of ${length} bytes does not fit into it`)
    const content = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return content
  }

  /** A whole number in zigzag; exact as far as numbers are. */
  #number(): number {
    let [value, scale] = [0, 1]
    for (let index = 0; index < 10; index++) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) break
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      scale *= 128
    }
    throw new Error('a number in it does not end')
  }
}

const none: BatchRecord['headers'] = []
