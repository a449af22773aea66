import { traceOf, type Telemetry } from '../../ports/telemetry.ts'
import type { Outcome, Unit } from '../../ports/unit-of-work.ts'
import type { CommitQueue } from '../commits/queue.ts'
import type { Origin } from '../log/event-encoding.ts'
import { appendSpan, names } from './span-names.ts'
import { spanned } from './spans.ts'

/** Commits what a command has recorded in a span of its own: waiting for the others of the batch is in it. */
export function tracedCommit(
  telemetry: Telemetry,
  queue: Pick<CommitQueue, 'commit'>,
  unit: Unit,
  origin: Origin,
): Promise<Outcome> {
  const types = new Set((unit.appends ?? []).flatMap(({ events }) => events.map(({ type }) => type)))
  const start = { ...appendSpan([...types], origin.correlationId), parent: traceOf(origin) }
  return spanned(telemetry, start, async (span) => {
    const outcome = await queue.commit(unit)
    if (!outcome.ok) span.set({ [names.outcome]: outcome.reason })
    return outcome
  })
}
