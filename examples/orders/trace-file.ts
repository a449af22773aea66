import { SpanKind, SpanStatusCode, type HrTime } from '@opentelemetry/api'
import { BatchSpanProcessor, TracerProvider, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace'

/** A span as a line of a file. */
export interface SpanLine {
  readonly process: string
  readonly name: string
  readonly kind: keyof typeof SpanKind
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  /** Spans that have led to it as well. */
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly start: string
  readonly durationMs: number
  readonly failed: boolean
  readonly attributes: Readonly<Record<string, unknown>>
}

/** Spans of this process as lines of JSON, soon after they have ended. */
export function providerInto(name: string, write: (lines: string) => void): TracerProvider {
  const exporter: SpanExporter = {
    export(spans, done) {
      write(spans.map((span) => `${JSON.stringify(lineOf(name, span))}\n`).join(''))
      done({ code: 0 })
    },
    shutdown: async () => undefined,
  }
  return new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 200 })] })
}

function lineOf(name: string, span: ReadableSpan): SpanLine {
  const { traceId, spanId } = span.spanContext()
  const parent = span.parentSpanContext?.spanId
  return {
    process: name,
    name: span.name,
    kind: SpanKind[span.kind] as SpanLine['kind'],
    traceId,
    spanId,
    ...(parent !== undefined && { parentSpanId: parent }),
    links: span.links.map(({ context }) => ({ traceId: context.traceId, spanId: context.spanId })),
    start: new Date(msOf(span.startTime)).toISOString(),
    durationMs: msOf(span.duration),
    failed: span.status.code === SpanStatusCode.ERROR,
    attributes: span.attributes,
  }
}

function msOf([seconds, nanoseconds]: HrTime): number {
  return seconds * 1_000 + nanoseconds / 1e6
}
