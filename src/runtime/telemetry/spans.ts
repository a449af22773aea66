import { isEventwrightError } from '../../base/errors.ts'
import type { Span, SpanStart, Telemetry } from '../../ports/telemetry.ts'

/** Does a piece of work within a span of its own, which fails as the work does. */
export async function spanned<T>(
  telemetry: Telemetry,
  start: SpanStart,
  work: (span: Span) => Promise<T> | T,
): Promise<T> {
  const span = telemetry.begin(start)
  try {
    const done = await span.within(() => work(span))
    span.end()
    return done
  } catch (error) {
    span.end(failureName(error))
    throw error
  }
}

/** What a span says of an error. Its message may have data in it. */
export function failureName(error: unknown): string {
  if (isEventwrightError(error)) return error.code
  return error instanceof Error ? error.name : 'thrown'
}
