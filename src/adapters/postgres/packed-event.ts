import type { Partition, StoredEvent } from '../../ports/stored-event.ts'

/**
 * All of an event beside the name of its stream, as one text: for the driver a column costs as much as what is in it.
 * Nothing between two separators can hold one, as JSON escapes it; a type may be any text and stands last. Small
 * numbers are one, since each costs the server as much as a short text.
 */
export const packedEvent: string =
  'concat_ws(chr(31), position, version, occurred_at, recorded_at, checksum, ' +
  `schema_version::bigint * 4 + part * 2 + deleted, id, meta, coalesce(data, 'null'), type)`

/** The event of a text that was read as `packedEvent`. */
export function unpackEvent(text: string, stream: string): StoredEvent {
  fields.begin(text)
  const position = fields.integer()
  const version = fields.integer()
  const occurredAtMs = fields.integer()
  const recordedAtMs = fields.integer()
  const checksum = fields.integer()
  const small = fields.integer()
  const deleted = small % 2 === 1
  const partition = (Math.floor(small / 2) % 2) as Partition
  const schemaVersion = Math.floor(small / 4)
  const id = fields.text()
  const meta = fields.text()
  const data = fields.text()
  const type = fields.rest()
  return {
    id,
    type,
    schemaVersion,
    stream,
    version,
    partition,
    position,
    occurredAtMs,
    recordedAtMs,
    data,
    meta,
    checksum,
    deleted,
  }
}

const separator = '\u001f'
const zero = 48
const minus = 45

class Fields {
  #text = ''
  #at = 0

  begin(text: string): void {
    this.#text = text
    this.#at = 0
  }

  /** Digit by digit, which takes a fraction of what `Number` takes for a part of a text. */
  integer(): number {
    const text = this.#text
    let at = this.#at
    const isNegative = text.charCodeAt(at) === minus
    if (isNegative) at++
    let value = 0
    for (let code = text.charCodeAt(at); code >= zero; code = text.charCodeAt(++at)) value = value * 10 + (code - zero)
    this.#at = at + 1
    return isNegative ? -value : value
  }

  text(): string {
    const end = this.#text.indexOf(separator, this.#at)
    const text = this.#text.slice(this.#at, end)
    this.#at = end + 1
    return text
  }

  rest(): string {
    return this.#text.slice(this.#at)
  }
}

// One for all: every event that is read comes through here, and nothing is awaited meanwhile.
const fields = new Fields()
