/** A place in a trace as W3C writes it, passed on to whatever is caused there. */
export interface TraceContext {
  readonly traceparent?: string
  readonly tracestate?: string
}

/** What a span tells by name; what is undefined is left out. Never data of a message, nor its key. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** A piece of work as it begins. */
export interface SpanStart {
  /** Of the design alone, so that there are few of them. */
  readonly name: string
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  /** What has caused it. Without a `traceparent` that can be read it begins a trace of its own. */
  readonly parent: TraceContext
  /** What has caused it as well. */
  readonly links?: readonly TraceContext[]
  readonly attributes?: SpanAttributes
}

/** A piece of work that is being told about. */
export interface Span {
  /** What is caused here is told to be caused by it; empty where nobody records anything. */
  readonly trace: TraceContext
  set(attributes: SpanAttributes): void
  /** Calls with the span as the active one, for everything that is begun there. */
  within<T>(work: () => T): T
  /** Ends it; `failure` is what it failed by, a code or the name of an error and never a message. Once. */
  end(failure?: string): void
}

/** Where the runtime tells what it does. Nothing of it may throw, and nothing waits. */
export interface Telemetry {
  readonly kind: 'telemetry'
  begin(span: SpanStart): Span
  /** The span within which this is called; empty where there is none. */
  active(): TraceContext
  /** Calls within no span: what goes on for ever is no part of whatever has begun it. */
  detached<T>(work: () => T): T
}

/** Those members that are there, and no others. */
export function traceOf({
  traceparent,
  tracestate,
}: {
  readonly [K in keyof TraceContext]?: string | undefined
}): TraceContext {
  if (traceparent === undefined) return {}
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate }
}
