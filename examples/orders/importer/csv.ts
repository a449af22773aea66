/** One record of a CSV file. A quoted field may hold line ends, so a record may span several lines. */
export interface CsvRecord {
  /** The line where the record begins; the first line of the file is 1. */
  readonly line: number
  readonly fields: readonly string[]
  /** What is wrong with its quotes; undefined for a well formed record. */
  readonly fault?: string
}

/** The file is not CSV at all, as opposed to a file with some bad lines. */
export class InvalidCsv extends Error {
  readonly code = 'invalid_csv'
}

const [quote, comma, lineFeed, carriageReturn] = [0x22, 0x2c, 0x0a, 0x0d]
const longestRecord = 1024 * 1024
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const windows1252 = new TextDecoder('windows-1252')

type Place = 'fieldStart' | 'plain' | 'quoted' | 'quoteInQuoted'

/**
 * Cuts bytes into records: quotes, commas and line ends inside quotes, LF and CRLF, a byte order mark. Empty lines are
 * skipped. Each record is UTF-8, or Windows-1252 if it is not valid UTF-8. How the bytes are cut into chunks makes no
 * difference to the records. Holds one unfinished record at most.
 */
export class CsvReader {
  #rest: Uint8Array = new Uint8Array(0)
  #place: Place = 'fieldStart'
  #line = 1
  #lineOfRecord = 1
  #begun = false

  /** The records that end in this chunk. */
  push(chunk: Uint8Array): CsvRecord[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    if (!this.#begun && bytes.length < 3) return this.#keep(bytes, 0)
    const records: CsvRecord[] = []
    let start = this.#begun ? 0 : this.#skipByteOrderMark(bytes)
    for (let index = this.#begun ? this.#rest.length : start; index < bytes.length; index++) {
      const byte = bytes[index] as number
      if (byte === lineFeed) {
        this.#line++
        if (this.#place !== 'quoted') {
          this.#take(bytes.subarray(start, index), records)
          start = index + 1
          continue
        }
      }
      this.#place = next(this.#place, byte)
    }
    this.#begun = true
    this.#keep(bytes, start)
    return records
  }

  /** The last record, if the file does not end with a line end. */
  end(): CsvRecord[] {
    const records: CsvRecord[] = this.#begun ? [] : this.#pushShort()
    if (this.#place === 'quoted') {
      throw new InvalidCsv(
        `line ${this.#lineOfRecord}: a quote opens on this line and never closes. Close it in the file.`,
      )
    }
    this.#take(this.#rest, records)
    return records
  }

  #take(bytes: Uint8Array, into: CsvRecord[]): void {
    const line = this.#lineOfRecord
    this.#place = 'fieldStart'
    this.#lineOfRecord = this.#line
    const body = bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes
    if (body.length > 0) into.push({ line, ...fieldsOf(decode(body)) })
  }

  #keep(bytes: Uint8Array, start: number): [] {
    if (bytes.length - start > longestRecord) {
      throw new InvalidCsv(
        `line ${this.#lineOfRecord}: a record is longer than 1 MiB. Is a quote left open on this line?`,
      )
    }
    this.#rest = new Uint8Array(bytes.subarray(start))
    return []
  }

  #skipByteOrderMark(bytes: Uint8Array): number {
    const [first, second, third] = bytes
    if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
      throw new InvalidCsv('line 1: the file is UTF-16. Save it as UTF-8 first.')
    }
    return first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0
  }

  #pushShort(): CsvRecord[] {
    const bytes = this.#rest
    this.#rest = new Uint8Array(0)
    this.#begun = true
    return this.push(bytes)
  }
}

/** The records of a stream of bytes, as many at a time as a chunk holds. */
export async function* csvRecords(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly CsvRecord[]> {
  const reader = new CsvReader()
  for await (const chunk of chunks) yield reader.push(chunk)
  yield reader.end()
}

function next(place: Place, byte: number): Place {
  if (place === 'quoted') return byte === quote ? 'quoteInQuoted' : 'quoted'
  if (byte === comma) return 'fieldStart'
  if (byte === quote && place !== 'plain') return 'quoted'
  return 'plain'
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return windows1252.decode(bytes)
  }
}

function fieldsOf(text: string): { readonly fields: readonly string[]; readonly fault?: string } {
  if (!text.includes('"')) return { fields: text.split(',') }
  const fields: string[] = []
  let index = 0
  let fault: string | undefined
  for (;;) {
    const from = index
    if (text[index] === '"') {
      index = endOfQuoted(text, index)
      fields.push(text.slice(from + 1, index - 1).replaceAll('""', '"'))
      const end = endOfPlain(text, index)
      if (end > index) fault ??= 'text follows a closing quote'
      index = end
    } else {
      index = endOfPlain(text, index)
      fields.push(text.slice(from, index))
    }
    if (index >= text.length) return fault === undefined ? { fields } : { fields, fault }
    index++
  }
}

function endOfPlain(text: string, from: number): number {
  const end = text.indexOf(',', from)
  return end === -1 ? text.length : end
}

function endOfQuoted(text: string, from: number): number {
  let index = from + 1
  for (;;) {
    index = text.indexOf('"', index) + 1
    if (index === 0) return text.length + 1
    if (text[index] !== '"') return index
    index++
  }
}
