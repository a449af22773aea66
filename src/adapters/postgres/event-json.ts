import { failure } from '../../base/errors.ts'
import type { NewEvent } from '../../ports/stored-event.ts'
import { isEventId } from '../sql/event-id.ts'

/**
 * An event as the statements take it: the k-th one, from 1, of its append. Written by hand, since its data are JSON
 * text already and would be most of the work. Error: EW_UNIT for an id that is no UUID in lower case.
 */
export function eventJson(event: NewEvent, k: number, append = 1): string {
  const { id, type, schemaVersion, data, meta, checksum, occurredAtMs } = event
  if (!isEventId(id))
    throw failure('EW_UNIT', `The event id ${JSON.stringify(id.slice(0, 60))} is not a UUID in lower case.`)
  return (
    `{"a":${append},"k":${k},"i":"${id}","t":${JSON.stringify(type)},"v":${schemaVersion},` +
    `"c":${checksum},"o":${occurredAtMs},"d":${data},"m":${meta}}`
  )
}
