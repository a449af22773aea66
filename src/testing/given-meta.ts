import { timestampOf } from '../base/clock.ts'
import type { EventMessage } from '../design/message.ts'
import type { Meta } from '../design/meta.ts'
import { PendingMeta } from '../runtime/views/inline-meta.ts'

/** When the first event of a test happened, unless it says so itself. */
export const givenTime = '2026-01-01T00:00:00.000Z'

/** The place that an event of a test has in its stream and in the store. */
export interface GivenPlace {
  readonly stream: string
  readonly version: number
  readonly position: number
}

/**
 * The envelope of an event that a test made: always the same for the same place. Events without a business time of
 * their own happened one second apart, from `givenTime` on. Before the commit `position` and `recordedAt` are unknown
 * (EW_INLINE_META), as they are to inline projections.
 */
export function givenMeta(
  message: Pick<EventMessage, 'occurredAt'>,
  place: GivenPlace,
  { committed = true }: { readonly committed?: boolean } = {},
): Meta {
  const { stream, version, position } = place
  const recordedAt = timestampOf(Date.parse(givenTime) + (position - 1) * 1_000)
  const known = { id: givenId(position), stream, version, occurredAt: message.occurredAt ?? recordedAt }
  const origin = { correlationId: givenId(0), causationId: givenId(0) }
  if (!committed) return new PendingMeta({ ...known, occurredAtMs: Date.parse(known.occurredAt) }, origin)
  return { ...known, ...origin, position, recordedAt }
}

function givenId(number: number): string {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`
}
