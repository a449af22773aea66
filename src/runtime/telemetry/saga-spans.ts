import { traceOf, type Telemetry, type TraceContext } from '../../ports/telemetry.ts'
import { originWithin, type Origin } from '../log/event-encoding.ts'
import { instanceSpan, names, stepSpan } from './span-names.ts'
import { failureName, spanned } from './spans.ts'

/** What an instance is told at once. */
export interface Round {
  /** What it does about it is caused by this. */
  readonly trace: TraceContext
  /** Ends it with the types of the events that it led to, and what it asked for; what led to none is not told. */
  end(draft: Decision): void
}

interface Decision {
  readonly events: readonly { readonly type: string }[]
  readonly effects: readonly object[]
  readonly failed?: { readonly error: unknown }
}

/**
 * Begins to tell of a round: a child of what the instance has begun with, or last goes on with, and linked to whatever
 * else is told it now.
 */
export function roundOf(
  telemetry: Telemetry | undefined,
  name: string,
  known: Origin | undefined,
  told: readonly { readonly origin?: Origin; readonly cause?: TraceContext }[],
): Round | undefined {
  if (telemetry === undefined) return undefined
  const origin = told.findLast((item) => item.origin !== undefined)?.origin ?? known
  const parent = traceOf(origin ?? {})
  const causes = told.flatMap((item) => [item.cause ?? {}, item.origin ?? {}].map(traceOf))
  const links = causes.filter(({ traceparent }) => traceparent !== undefined && traceparent !== parent.traceparent)
  const span = telemetry.begin({ ...instanceSpan(name, origin?.correlationId), parent, links })
  return {
    trace: span.trace,
    end({ events, effects, failed }) {
      if (events.length === 0 && failed === undefined) return
      const asked = effects.flatMap((effect) => ('reply' in effect ? [(effect as DoneStep).reply.step] : []))
      span.set({ [names.events]: events.map(({ type }) => type), [names.asked]: asked.length > 0 ? asked : undefined })
      span.end(failed && failureName(failed.error))
    },
  }
}

/** A step that is done here. */
export interface DoneStep {
  readonly reply: { readonly step: string; readonly action: 'do' | 'undo'; readonly attempt: number }
}

/** Does a step of a saga in a span, from which comes what it records. */
export function tracedStep<T>(
  telemetry: Telemetry,
  saga: string,
  { reply }: DoneStep,
  origin: Origin,
  work: (origin: Origin, tell: (outcome: string) => void) => Promise<T>,
): Promise<T> {
  const start = { ...stepSpan(saga, reply, origin.correlationId), parent: traceOf(origin) }
  return spanned(telemetry, start, (span) =>
    work(originWithin(origin, span.trace), (outcome) => span.set({ [names.outcome]: outcome })),
  )
}
