import { streamHash } from '../../base/hash.ts'
import { newId } from '../../base/ids.ts'
import { canonicalJson, type Json } from '../../base/json.ts'
import type { Append } from '../../ports/unit-of-work.ts'
import { encodeOrigin, eventChecksum } from '../log/event-encoding.ts'

/** The stream of the engine that tells what operators have done to the store itself. */
export const operatorStream = 'ew.operator/actions'

/** Who does it, why, and when by his own clock. */
export interface OperatorNote {
  readonly who: string
  readonly why: string
  readonly nowMs: number
}

/** An append that notes what an operator does, for the unit that does it or goes before it. */
export function operatorEvent(
  name: string,
  facts: Readonly<Record<string, Json>>,
  { who, why, nowMs }: OperatorNote,
  stream: string = operatorStream,
): Append {
  const [id, type] = [newId(), `ew.${name}`]
  const data = canonicalJson({ ...facts, who, why })
  const meta = encodeOrigin({ correlationId: id, causationId: id, actor: who })
  const checksum = eventChecksum(id, stream, type, 1, data, meta)
  const event = { id, type, schemaVersion: 1, occurredAtMs: nowMs, data, meta, checksum }
  return { stream, hash: streamHash(stream), partition: 1, expected: 'any', events: [event] }
}
