import { failure } from '../../base/errors.ts'
import type { NewEvent } from '../../ports/stored-event.ts'
import { isEventId } from '../sql/event-id.ts'
import { int4Array, int8Array, jsonArray, textArray, uuidArray } from './binary-array.ts'
import type { Parameter } from './prepared-call.ts'

/** Events as the columns that the statements take. */
export class EventColumns {
  readonly #appends: number[] = []
  readonly #places: number[] = []
  readonly #ids: string[] = []
  readonly #types: string[] = []
  readonly #versions: number[] = []
  readonly #checksums: number[] = []
  readonly #times: number[] = []
  readonly #data: string[] = []
  readonly #meta: string[] = []

  /** The event at a place, from 1, of an append. Error: EW_UNIT for an id that is no UUID in lower case. */
  add({ id, type, schemaVersion, data, meta, checksum, occurredAtMs }: NewEvent, append: number, place: number): void {
    this.#appends.push(append)
    this.#places.push(place)
    this.#ids.push(checkedId(id))
    this.#types.push(type)
    this.#versions.push(schemaVersion)
    this.#checksums.push(checksum)
    this.#times.push(occurredAtMs)
    this.#data.push(data)
    this.#meta.push(meta)
  }

  /** Appends, places, ids, types, schema versions, checksums, times, data, meta. */
  parameters(): readonly Parameter[] {
    return [
      int4Array(this.#appends),
      int4Array(this.#places),
      uuidArray(this.#ids),
      textArray(this.#types),
      int4Array(this.#versions),
      int8Array(this.#checksums),
      int8Array(this.#times),
      jsonArray(this.#data),
      jsonArray(this.#meta),
    ]
  }
}

/** An id as it is stored. Error: EW_UNIT for one that is no UUID in lower case. */
export function checkedId(id: string): string {
  if (isEventId(id)) return id
  throw failure('EW_UNIT', `The event id ${JSON.stringify(id.slice(0, 60))} is not a UUID in lower case.`)
}
