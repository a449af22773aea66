import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'

/** Does what reaches outside in a span of its own, as any code of a program may; nothing where nobody records spans. */
export function told<T>(name: string, work: () => Promise<T>): Promise<T> {
  return trace.getTracer('shop').startActiveSpan(name, { kind: SpanKind.CLIENT }, async (span) => {
    try {
      return await work()
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}
