import { failure, type EventwrightError } from '../../base/errors.ts'
import { quoted } from '../../base/text.ts'
import type { Loss } from '../../ports/unit-of-work.ts'

/** The error for work that has lost since a stream takes no events; no retry mends it. */
export function streamClosed({ stream, status }: Extract<Loss, { reason: 'closed' }>): EventwrightError {
  if (status === 'deleted') return streamDeleted(stream)
  return failure('EW_STREAM_CLOSED', `The stream ${quoted(stream, 300)} is ${status} and takes no events.`, {
    details: { stream, status },
  })
}

/** The error for whoever needs what was in a stream that was deleted. */
export function streamDeleted(stream: string): EventwrightError {
  return failure('EW_STREAM_DELETED', `The stream ${quoted(stream, 300)} was deleted.`, { details: { stream } })
}
