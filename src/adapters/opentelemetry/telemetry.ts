import type { Attributes, Context, Link, Span as ApiSpan, TracerProvider } from '@opentelemetry/api'
import type { Span, SpanAttributes, SpanStart, Telemetry, TraceContext } from '../../ports/telemetry.ts'
import type { Api } from './driver.ts'
import type { OpenTelemetryOptions } from './options.ts'
import { spanContextOf, traceContextOf } from './trace-context.ts'

/** The port over the API of OpenTelemetry. */
export function telemetryOf(api: Api, { tracerProvider }: OpenTelemetryOptions): Telemetry {
  const { context, trace, ROOT_CONTEXT } = api
  const provider = (tracerProvider ?? trace) as TracerProvider
  const kinds = kindsOf(api)
  return {
    kind: 'telemetry',
    begin({ name, kind, parent, links = [], attributes = {} }) {
      const from = parentOf(api, parent)
      const linked = links.flatMap((each) => linkTo(api, each))
      const options = { kind: kinds[kind], attributes: attributesOf(attributes), links: linked }
      // A tracer that was asked for before somebody registers would never tell anything.
      return spanOf(api, provider.getTracer('eventwright').startSpan(name, options, from), from)
    },
    active() {
      const span = trace.getActiveSpan()
      return span === undefined ? {} : traceContextOf(api, span.spanContext())
    },
    detached: (work) => context.with(ROOT_CONTEXT, work),
  }
}

function kindsOf({ SpanKind }: Api): Readonly<Record<SpanStart['kind'], number>> {
  const { INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER } = SpanKind
  return { internal: INTERNAL, server: SERVER, client: CLIENT, producer: PRODUCER, consumer: CONSUMER }
}

function spanOf(api: Api, span: ApiSpan, parent: Context): Span {
  const within = api.trace.setSpan(parent, span)
  return {
    trace: traceContextOf(api, span.spanContext()),
    set: (attributes) => void span.setAttributes(attributesOf(attributes)),
    within: (work) => api.context.with(within, work),
    end(failure) {
      if (failure !== undefined) {
        span.setAttribute('error.type', failure)
        span.setStatus({ code: api.SpanStatusCode.ERROR })
      }
      span.end()
    },
  }
}

/** What the active context has beside its span, such as baggage, is kept. */
function parentOf(api: Api, parent: TraceContext): Context {
  const { context, trace } = api
  const active = context.active()
  const spanContext = spanContextOf(api, parent)
  if (spanContext === undefined) return trace.deleteSpan(active)
  // The span itself, where it is the one that is active, so that nothing of it is lost.
  const here = trace.getSpan(active)
  return here?.spanContext().spanId === spanContext.spanId ? active : trace.setSpanContext(active, spanContext)
}

function linkTo(api: Api, linked: TraceContext): Link[] {
  const context = spanContextOf(api, linked)
  return context === undefined ? [] : [{ context }]
}

function attributesOf(attributes: SpanAttributes): Attributes {
  const there = Object.entries(attributes).filter(([, value]) => value !== undefined)
  return Object.fromEntries(there) as Attributes
}
